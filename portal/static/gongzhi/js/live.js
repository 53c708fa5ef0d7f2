// The live side of a discussion. The database is the truth and the socket a hint: every event has a number, this
// client knows the last one it showed, asks for what it missed, and never shows one twice or out of order.

const FINAL = new Set([4401, 4403, 4404]);
const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;
const PING_EVERY = 20_000;
const DEAD_AFTER = 45_000;
const BATCH = 250;
const READ_EVERY = 5_000;
const TYPING_EVERY = 3_000;
// A little less than the server takes in one frame.
const LONGEST_FRAME = 16_000;
const NO_ROW = "00000000-0000-0000-0000-000000000000";
const SHORT_CLASSES = { social_organisation: "social", government: "gov" };

// crypto.randomUUID exists only on HTTPS and localhost; a demonstration in a meeting room has neither.
function uuid() {
  const random = (digit) => digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)));
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) => random(digit).toString(16));
}

// Numbers of the whole site or of a consultation, wherever they stand on the page.
export function showNumbers(numbers) {
  for (const place of document.querySelectorAll("[data-number]")) {
    const value = numbers[place.dataset.number];
    if (value !== undefined && value !== null) place.textContent = value.toLocaleString(document.documentElement.lang);
  }
}

// A page that only listens, such as the home page.
export class LiveNumbers {
  constructor(place) {
    this.url = new URL(place.dataset.liveNumbers, location.href);
    this.url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.version = 0;
    this.attempt = 0;
    this.connect();
  }

  connect() {
    const socket = new WebSocket(this.url);
    socket.onmessage = ({ data }) => {
      this.attempt = 0;
      for (const frame of [JSON.parse(data)].flat()) {
        if (frame.type !== "counter" || frame.ver <= this.version) continue;
        this.version = frame.ver;
        showNumbers(frame.value);
      }
    };
    socket.onclose = ({ code }) => {
      if (FINAL.has(code)) return;
      const ceiling = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** ++this.attempt);
      // Another process may count from another number.
      this.version = 0;
      setTimeout(() => this.connect(), FIRST_DELAY + Math.random() * (ceiling - FIRST_DELAY));
    };
  }
}

export class LiveRoom {
  constructor(section) {
    this.section = section;
    this.words = section.dataset;
    this.log = section.querySelector("[role=log]");
    this.list = this.log?.matches("ol, ul") ? this.log : this.log?.querySelector("ol, ul") || this.log;
    this.template = section.querySelector("template[data-live-item]");
    this.form = section.querySelector("form[data-live-form]");
    this.state = section.querySelector("[data-live-state]");
    this.problem = section.querySelector("[data-live-problem]");
    this.pauser = section.querySelector("[data-live-pause]");
    this.jumper = section.querySelector("[data-live-jump]");
    this.older = section.querySelector("[data-live-older]");
    this.answering = section.querySelector("[data-live-reply]");
    this.read = Number(section.dataset.liveRead) || 0;
    this.versions = {};
    this.last = Number(section.dataset.liveSince) || 0;
    this.url = new URL(section.dataset.liveUrl, location.href);
    this.url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.outboxKey = `gongzhi.outbox.${this.url.pathname}`;
    this.outbox = this.storedOutbox();
    this.ahead = new Map();
    this.queue = [];
    this.attempt = 0;
    this.paused = false;
    this.form?.addEventListener("submit", (event) => this.submit(event));
    this.form?.addEventListener("input", () => this.typing());
    this.list.addEventListener("scroll", () => this.scrolled());
    this.list.addEventListener("click", (event) => this.clicked(event));
    this.section.addEventListener("submit", (event) => this.tapped(event));
    this.jumper?.addEventListener("click", () => this.jump());
    this.older?.addEventListener("click", (event) => this.earlier(event));
    this.answering?.querySelector("button").addEventListener("click", () => this.answerTo(null));
    this.markUnread();
    this.pauser?.addEventListener("click", () => this.togglePause());
    if (this.pauser) this.pauser.hidden = false;
    if (!location.hash.startsWith("#m")) this.list.scrollTop = this.list.scrollHeight;
    this.outbox.forEach((item) => this.showPending(item));
    addEventListener("online", () => this.retryNow());
    addEventListener("pageshow", (event) => event.persisted && this.retryNow());
    this.connect();
  }

  // Connection ------------------------------------------------------------------------------------

  connect() {
    clearTimeout(this.timer);
    this.say("connecting");
    const socket = (this.socket = new WebSocket(this.url));
    const current = (handler) => (event) => this.socket === socket && handler(event);
    socket.onopen = current(() => this.send({ type: "hello", v: 1, since: this.last, ...this.epoch }));
    socket.onmessage = current((event) => this.receive(event.data));
    socket.onclose = current((event) => this.closed(event.code));
  }

  heard() {
    clearTimeout(this.watch);
    // Some networks drop a connection without telling either end: who does not answer a ping is gone.
    this.watch = setTimeout(() => this.drop(), DEAD_AFTER);
    this.pinger ||= setInterval(() => this.send({ type: "ping" }), PING_EVERY);
    this.reader ||= setInterval(() => this.tellRead(), READ_EVERY);
  }

  drop() {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.closed(4000);
  }

  closed(code) {
    this.ready = false;
    clearTimeout(this.watch);
    clearInterval(this.pinger);
    clearInterval(this.reader);
    this.pinger = this.reader = null;
    if (FINAL.has(code)) {
      this.ended = true;
      this.say(String(code), "ended");
      return;
    }
    this.say("waiting");
    // Full jitter: after a restart of the server its clients must not all come back in the same moment.
    const ceiling = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** ++this.attempt);
    this.timer = setTimeout(() => this.connect(), FIRST_DELAY + Math.random() * (ceiling - FIRST_DELAY));
    // Where sockets do not get through at all, the list still grows by asking.
    if (this.attempt > 1) this.refetch();
  }

  retryNow() {
    if (!this.ended && !this.ready && this.socket?.readyState !== WebSocket.CONNECTING) this.connect();
  }

  send(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  receive(text) {
    let frames;
    try {
      frames = [JSON.parse(text)].flat();
    } catch {
      return;
    }
    this.heard();
    for (const frame of frames) {
      if (frame.type === "ev") this.take(frame);
      else if (frame.type === "welcome") this.welcome(frame);
      else if (frame.type === "ack") this.acknowledged(frame);
      else if (frame.type === "error") this.refused(frame);
      else if (frame.type === "hint") this.follow(frame);
      else if (frame.type === "eph") this.present(frame);
      else if (frame.type === "counter") this.count(frame);
      else if (frame.type === "you") this.explain(frame.message);
      else if (frame.type === "resync") location.reload();
      else if (frame.head > this.last) this.refetch();
    }
  }

  welcome(frame) {
    this.versions = {};
    // Hints are not numbered: what was hinted while the page was away is found by looking again.
    if (this.welcomed) this.compare();
    this.ready = this.welcomed = true;
    this.attempt = 0;
    // A room that was rebuilt counts from the start again.
    if (frame.head < this.last) this.last = frame.head;
    if (frame.epoch?.length === 36) this.epoch = { epoch: frame.epoch };
    this.say("live");
    this.outbox.forEach((item) => this.post(item));
    if (frame.recovered === false) this.refetch();
  }

  // Events ------------------------------------------------------------------------------------------

  take(event) {
    // Feedback is announced in the room but kept elsewhere; it carries no number of the room.
    if (event.html_url) this.follow(event);
    if (!(event.seq > this.last)) return;
    this.ahead.set(event.seq, event);
    this.drain();
    if (this.ahead.size) this.refetch();
  }

  drain() {
    for (let next; (next = this.ahead.get(this.last + 1)); ) {
      this.ahead.delete(++this.last);
      this.queue.push(next);
    }
    // One announcement for a burst, not one for each line.
    if (this.queue.length && !this.paused) this.flushTimer ||= setTimeout(() => this.flush(), BATCH);
    else if (this.queue.length) this.pauser.textContent = `${this.words.tResume} (${this.queue.length})`;
  }

  async eventsSince(since) {
    if (!this.words.eventsUrl) return [];
    const url = new URL(this.words.eventsUrl, location.href);
    url.searchParams.set("since", since);
    const response = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!response.ok) return [];
    const data = await response.json();
    return Array.isArray(data) ? data : data.events || [];
  }

  async refetch() {
    if (this.fetching) return;
    this.fetching = true;
    try {
      for (const event of await this.eventsSince(this.last)) {
        if (event.seq > this.last) this.ahead.set(event.seq, event);
      }
      this.drain();
    } catch {
      // The next event or reconnect asks again.
    } finally {
      this.fetching = false;
    }
  }

  flush() {
    this.flushTimer = null;
    const fragment = document.createDocumentFragment();
    const atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 80;
    for (const event of this.queue.splice(0)) {
      if (event.kind === "message") {
        this.newDay(event, fragment);
        fragment.append(this.messageItem(event));
      } else if (event.kind === "state") this.explain(event.body);
      else if (event.target_seq) this.moderate(event, fragment);
    }
    this.list.insertBefore(fragment, this.list.querySelector(":scope > .is-pending"));
    this.list.querySelector("[data-empty]")?.remove();
    // Follow the talk only for somebody who was reading its end.
    if (atEnd) this.list.scrollTop = this.list.scrollHeight;
    else if (this.jumper) this.jumper.hidden = false;
  }

  newDay(event, fragment) {
    const made = new Date(event.created);
    const day = [made.getFullYear(), made.getMonth() + 1, made.getDate()]
      .map((part) => String(part).padStart(2, "0"))
      .join("-");
    const days = [...this.list.querySelectorAll("[data-day]"), ...fragment.querySelectorAll("[data-day]")];
    if (!event.created || days.at(-1)?.dataset.day === day) return;
    const item = document.createElement("li");
    item.className = "muted small";
    item.dataset.day = day;
    item.textContent = made.toLocaleDateString(document.documentElement.lang, { dateStyle: "long" });
    fragment.append(item);
  }

  messageItem(event) {
    this.list.querySelector(`:scope > .is-pending[data-seq="${Number(event.seq)}"]`)?.remove();
    const item = this.blank();
    item.id = `m${Number(event.seq)}`;
    item.dataset.seq = event.seq;
    item.classList.add("arrived");
    if (event.group) item.classList.add(`g-${SHORT_CLASSES[event.group] ?? event.group}`);
    this.fill(item, "[data-author]", event.author);
    this.fill(item, "[data-group]", this.section.getAttribute(`data-g-${event.group}`) ?? event.group);
    this.fill(item, "[data-organisation]", event.organisation);
    this.show(item, "[data-form]", this.section.getAttribute(`data-f-${event.form}`));
    this.show(item, "[data-edited]", event.edited && item.querySelector("[data-edited]")?.textContent);
    this.show(item, "[data-reply-to] span", event.reply_to && `#${event.reply_to}`);
    this.show(item, "[data-line] a", event.line?.title);
    const answered = item.querySelector("[data-reply-to] a");
    if (answered && event.reply_to) answered.hash = `m${Number(event.reply_to)}`;
    const line = item.querySelector("[data-line] a");
    if (line && event.line?.url.startsWith("/")) line.href = event.line.url;
    for (const link of item.querySelectorAll("a[data-reply]")) {
      link.dataset.reply = event.seq;
      link.search = `?reply_to=${Number(event.seq)}`;
    }
    item.classList.toggle("is-mine", Boolean(event.mine));
    this.fillBody(item, event);
    for (const link of item.querySelectorAll("a[data-row-href]")) {
      if (event.mine && !("forAll" in link.dataset)) link.remove();
      else link.href = link.getAttribute("href").replace(NO_ROW, event.row_id);
    }
    for (const button of item.querySelectorAll("button[data-row-action]")) {
      if (event.mine) button.remove();
      else button.formAction = button.getAttribute("formaction").replace(NO_ROW, event.row_id);
    }
    const time = item.querySelector("[data-created]");
    if (time && event.created) {
      const made = new Date(event.created);
      time.dateTime = event.created;
      time.textContent = made.toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
    }
    return item;
  }

  fillBody(item, event) {
    const hidden = event.held ? this.words.tHeld : this.words.tHidden;
    const rule = event.hidden_rule ? `${this.words.tRule} ${event.hidden_rule}` : "";
    const note = [hidden, rule, event.hidden_reason].filter(Boolean).join(" ");
    item.classList.toggle("is-hidden", Boolean(event.hidden));
    // Its author and the moderators still get the text of a hidden message, and see that it is hidden.
    this.fill(item, "[data-body]", event.hidden ? [note, event.body].filter(Boolean).join("\n") : event.body);
  }

  moderate(event, fragment) {
    const selector = `[data-seq="${Number(event.target_seq)}"]`;
    const item = fragment.querySelector(selector) || this.list.querySelector(selector);
    if (!item) return;
    if (event.kind === "hide") this.fillBody(item, { hidden: true, hidden_reason: event.body });
    // What was hidden never came with the event; ask for the message as it now is for this reader.
    this.eventsSince(event.target_seq - 1)
      .then((events) => events.find((each) => each.seq === event.target_seq))
      .then((message) => message && this.fillBody(item, message))
      .catch(() => {});
  }

  // What is announced here but kept elsewhere ---------------------------------------------------------

  async follow(hint) {
    if (hint.kind === "hidden") {
      await this.compare(hint.row_id);
      return;
    }
    const list = document.querySelector(`[data-${hint.kind}-list]`);
    const page = list && (await this.page(hint.html_url));
    for (const item of page ? [...page.body.children] : []) this.arrive(list, item);
  }

  async page(address) {
    const url = address && new URL(address, location.href);
    if (!url || url.origin !== location.origin) return null;
    try {
      const response = await fetch(url, { credentials: "same-origin", headers: { Accept: "text/html" } });
      return response.ok ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
    } catch {
      return null;
    }
  }

  arrive(list, item) {
    if (!item.id || document.getElementById(item.id)) return;
    item.classList.add("arrived");
    list.prepend(document.adoptNode(item));
    list.querySelector("[data-empty]")?.remove();
  }

  // Look at this page again: add what it has gained and take off what is hidden now.
  async compare(hidden) {
    const lists = ["feedback", "evaluation"].filter((kind) => document.querySelector(`[data-${kind}-list]`));
    const page = lists.length ? await this.page(location.href) : null;
    if (!page) return;
    for (const kind of lists) {
      const theirs = page.querySelector(`[data-${kind}-list]`);
      for (const item of theirs ? [...theirs.children].reverse() : []) {
        this.arrive(document.querySelector(`[data-${kind}-list]`), item);
      }
      const gone = hidden && document.getElementById(`${kind}-${hidden}`);
      if (!gone) continue;
      const now = page.getElementById(gone.id);
      if (now) gone.replaceWith(document.adoptNode(now));
      else {
        gone.classList.add("is-hidden");
        gone.textContent = this.words.tHidden;
      }
    }
  }

  // Sending -----------------------------------------------------------------------------------------

  submit(event) {
    const area = this.form.querySelector("textarea[name=body]");
    const body = area.value.trim();
    // Where no socket ever got through, the form goes its ordinary way, by POST.
    if (!body || this.ended || !this.welcomed) return;
    const item = { cid: uuid(), body };
    const given = new FormData(this.form);
    if (given.get("organisation")) item.organisation = given.get("organisation");
    if (Number(given.get("reply_to"))) item.reply_to = Number(given.get("reply_to"));
    // What is too long goes by POST as well: the page that answers explains it and keeps the text.
    if (new Blob([JSON.stringify(item)]).size > LONGEST_FRAME) return;
    event.preventDefault();
    area.value = "";
    area.dispatchEvent(new Event("input", { bubbles: true }));
    this.explain("");
    this.answerTo(null);
    this.outbox.push(item);
    this.storeOutbox();
    this.showPending(item);
    this.post(item);
  }

  post(item) {
    if (this.ready) this.send({ type: "send", ...item });
  }

  acknowledged({ cid, seq }) {
    this.forget(cid);
    const pending = this.pending(cid);
    if (!pending) return;
    if (seq <= this.last && !this.queue.some((event) => event.seq === seq)) pending.remove();
    else pending.dataset.seq = seq;
  }

  refused({ cid, code, message, retry_after: wait }) {
    const item = this.outbox.find((each) => each.cid === cid);
    this.explain(message || this.words.tFailed || code);
    if (!item) return;
    if (wait) return void setTimeout(() => this.post(item), wait * 1000);
    // Give the words back: nothing that somebody typed is lost.
    this.forget(cid);
    this.pending(cid)?.remove();
    const area = this.form?.querySelector("textarea[name=body]");
    if (area && !area.value) {
      area.value = item.body;
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  storedOutbox() {
    try {
      return JSON.parse(sessionStorage.getItem(this.outboxKey)) || [];
    } catch {
      return [];
    }
  }

  storeOutbox() {
    try {
      sessionStorage.setItem(this.outboxKey, JSON.stringify(this.outbox));
    } catch {
      // Without storage the outbox lives as long as the page.
    }
  }

  forget(cid) {
    this.outbox = this.outbox.filter((item) => item.cid !== cid);
    this.storeOutbox();
  }

  // Reading and reacting --------------------------------------------------------------------------------

  typing() {
    if (Date.now() - (this.typed || 0) < TYPING_EVERY) return;
    this.typed = Date.now();
    if (this.ready) this.send({ type: "typing" });
  }

  answerTo(seq) {
    const field = this.form?.querySelector("[name=reply_to]");
    if (!field) return;
    field.value = seq ?? "";
    if (!this.answering) return;
    this.answering.hidden = seq === null;
    this.answering.querySelector("span").textContent = seq === null ? "" : `${this.words.tAnswering} #${seq}`;
  }

  clicked(event) {
    const link = event.target.closest("a[data-reply]");
    if (!link || !this.form || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.answerTo(Number(link.dataset.reply));
    this.form.querySelector("textarea").focus();
  }

  // All reactions go by one form; with scripts the page stays where it is, and the numbers come by the socket.
  async tapped(event) {
    const button = event.submitter;
    const opinions = button?.closest("[data-opinions]");
    if (!opinions) return;
    event.preventDefault();
    const given = new FormData(event.target);
    given.set(button.name, button.value);
    const headers = { Accept: "application/json" };
    try {
      const response = await fetch(button.formAction, { method: "POST", body: given, headers });
      const data = await response.json();
      if (!response.ok) return this.explain(data.error?.message ?? this.words.tFailed);
      const pressed = button.getAttribute("aria-pressed") !== "true";
      for (const other of opinions.querySelectorAll("button")) other.setAttribute("aria-pressed", "false");
      button.setAttribute("aria-pressed", String(pressed));
    } catch {
      this.explain(this.words.tFailed);
    }
  }

  count({ key, value, ver }) {
    if (ver <= (this.versions[key] ?? 0)) return;
    this.versions[key] = ver;
    const [kind, seq] = key.split(".");
    if (kind === "numbers") return showNumbers(value);
    const item = this.list.querySelector(`[data-seq="${Number(seq)}"]`);
    for (const place of item?.querySelectorAll("[data-opinion]") ?? []) {
      place.textContent = value[place.dataset.opinion] || "";
    }
  }

  present({ here, typing }) {
    const place = this.section.querySelector("[data-live-here]");
    if (place) {
      place.hidden = here === null;
      place.textContent = here === null ? "" : `${this.words.tHere} ${here}`;
    }
    const writing = this.section.querySelector("[data-live-typing]");
    if (writing) writing.hidden = !typing;
  }

  atEnd() {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 80;
  }

  scrolled() {
    if (this.jumper && this.atEnd()) this.jumper.hidden = true;
  }

  jump() {
    this.list.scrollTop = this.list.scrollHeight;
    this.list.focus();
  }

  tellRead() {
    if (!this.ready || this.last <= this.read || document.hidden || !this.atEnd()) return;
    this.read = this.last;
    this.send({ type: "read", seq: this.read });
  }

  markUnread() {
    if (!this.read || this.read >= this.last) return;
    const first = [...this.list.querySelectorAll(":scope > [data-seq]")].find(
      (item) => Number(item.dataset.seq) > this.read,
    );
    if (!first) return;
    const mark = document.createElement("li");
    mark.className = "muted small";
    mark.dataset.unread = "";
    mark.textContent = this.words.tUnread;
    first.before(mark);
  }

  async earlier(event) {
    event.preventDefault();
    const before = Number(this.older.dataset.liveOlder);
    const url = new URL(this.words.eventsUrl, location.href);
    url.searchParams.set("before", before);
    url.searchParams.set("limit", 50);
    try {
      const data = await (await fetch(url, { credentials: "same-origin" })).json();
      const fragment = document.createDocumentFragment();
      for (const each of data.events) {
        this.newDay(each, fragment);
        fragment.append(this.messageItem(each));
      }
      // What is older is no news: nobody has it read out, and nobody's place moves.
      const height = this.list.scrollHeight;
      this.log?.setAttribute("aria-live", "off");
      this.list.prepend(fragment);
      this.list.scrollTop += this.list.scrollHeight - height;
      setTimeout(() => this.log?.removeAttribute("aria-live"), 1000);
      const first = data.events[0]?.seq ?? 1;
      this.older.dataset.liveOlder = first;
      this.older.closest("p").hidden = first <= 1;
    } catch {
      location.assign(this.older.href);
    }
  }

  // What is on the page -------------------------------------------------------------------------------

  say(key, state = key) {
    if (!this.state) return;
    this.state.dataset.liveState = state;
    this.state.textContent = this.words[`t${key[0].toUpperCase()}${key.slice(1)}`] ?? this.words[`t-${key}`] ?? "";
  }

  explain(text) {
    if (this.problem) this.problem.textContent = text;
  }

  togglePause() {
    this.paused = !this.paused;
    this.pauser.setAttribute("aria-pressed", String(this.paused));
    if (!this.paused) this.flush();
    this.pauser.textContent = this.paused ? this.words.tResume : this.words.tPause;
  }

  pending(cid) {
    return [...this.list.children].find((item) => item.dataset.cid === cid);
  }

  showPending({ cid, body }) {
    const item = this.blank();
    item.dataset.cid = cid;
    item.classList.add("is-pending");
    this.fill(item, "[data-author]", this.words.tSending);
    this.fill(item, "[data-body]", body);
    this.list.append(item);
    this.list.scrollTop = this.list.scrollHeight;
  }

  fill(item, selector, text) {
    const place = item.querySelector(selector);
    if (place) place.textContent = text ?? "";
  }

  show(item, selector, text) {
    const place = item.querySelector(selector);
    if (!place) return;
    const box = place.closest("[hidden]") ?? place.closest("[data-reply-to], [data-line]") ?? place;
    box.hidden = !text;
    if (text) place.textContent = text;
  }

  blank() {
    return this.template.content.firstElementChild.cloneNode(true);
  }
}
