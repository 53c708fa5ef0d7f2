// The messages of a room in their list: set as text, or cloned from the template.

const NO_ROW = "00000000-0000-0000-0000-000000000000";
const SHORT_CLASSES = { social_organisation: "social", government: "gov" };

export class MessageList {
  constructor(section) {
    this.section = section;
    this.words = section.dataset;
    this.log = section.querySelector("[role=log]");
    this.list = this.log?.matches("ol, ul") ? this.log : this.log?.querySelector("ol, ul") || this.log;
    this.template = section.querySelector("template[data-live-item]");
  }

  // `now(seq)` asks for a message as it is now.
  append(events, now) {
    const fragment = document.createDocumentFragment();
    for (const event of events) {
      if (event.kind === "message") this.addTo(fragment, event);
      else if (event.kind === "pin" || event.kind === "unpin") this.pin(event, now);
      else if (event.target_seq) this.moderate(event, fragment, now);
    }
    this.list.insertBefore(fragment, this.list.querySelector(":scope > .is-pending"));
    this.list.querySelector("[data-empty]")?.remove();
  }

  // What is older is no news: nobody has it read out, and nobody's place moves.
  prepend(events) {
    const fragment = document.createDocumentFragment();
    for (const event of events) this.addTo(fragment, event);
    const height = this.list.scrollHeight;
    this.log.setAttribute("aria-live", "off");
    this.list.prepend(fragment);
    this.list.scrollTop += this.list.scrollHeight - height;
    setTimeout(() => this.log.removeAttribute("aria-live"), 1000);
  }

  addTo(fragment, event) {
    this.newDay(event, fragment);
    fragment.append(this.messageItem(event));
  }

  moderate(event, fragment, now) {
    const item = this.find(event.target_seq, fragment) || this.find(event.target_seq);
    if (!item) return;
    if (event.kind === "hide") this.fillBody(item, { ...event, hidden: true, hidden_reason: event.body, body: "" });
    const box = this.section.querySelector("[data-live-pinned]:not([hidden])");
    const isPinned = box?.querySelector("a").hash === `#m${Number(event.target_seq)}`;
    if (isPinned) this.pin({ kind: "pin", target_seq: event.target_seq }, now);
    now(event.target_seq)
      .then((message) => message && this.renew(item, message))
      .catch(() => {});
  }

  renew(item, message) {
    // One that was held until now was nameless.
    this.fill(item, "[data-author]", message.author);
    this.fill(item, "[data-organisation]", message.organisation);
    this.show(item, "[data-edited]", message.edited && item.querySelector("[data-edited]")?.textContent);
    this.fillBody(item, message);
  }

  async pin({ kind, target_seq: seq }, now) {
    const box = this.section.querySelector("[data-live-pinned]");
    const message = kind === "pin" && (await now(seq).catch(() => null));
    box.hidden = !message || Boolean(message.hidden);
    if (box.hidden) return;
    box.querySelector("a").hash = `m${Number(seq)}`;
    this.fill(box, "a", message.author);
    this.fill(box, ".body", message.body);
  }

  find(seq, among = this.list) {
    return among.querySelector(`[data-seq="${Number(seq)}"]`);
  }

  get isAtEnd() {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 80;
  }

  toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
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
    this.toEnd();
  }

  showOpinions(seq, value) {
    for (const place of this.find(seq)?.querySelectorAll("[data-opinion]") ?? []) {
      place.textContent = value[place.dataset.opinion] || "";
    }
  }

  markUnread(read) {
    const first = [...this.list.querySelectorAll(":scope > [data-seq]")].find(
      (item) => Number(item.dataset.seq) > read,
    );
    if (!first) return;
    const mark = document.createElement("li");
    mark.className = "muted small";
    mark.dataset.unread = "";
    mark.textContent = this.words.tUnread;
    first.before(mark);
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
    const answered = item.querySelector("[data-reply-to] a");
    if (answered && event.reply_to) answered.hash = `m${Number(event.reply_to)}`;
    for (const name of ["line", "passage"]) {
      const { title, text, url } = event[name] ?? {};
      this.show(item, `[data-${name}] a`, title ?? text);
      if (url?.startsWith("/")) item.querySelector(`[data-${name}] a`).href = url;
    }
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
    const rule = event.hidden_rule && this.words.tHiddenRule?.replace("§", event.hidden_rule);
    const note = [event.held ? this.words.tHeld : rule || this.words.tHidden, event.hidden_reason].filter(Boolean).join(" ");
    item.classList.toggle("is-hidden", Boolean(event.hidden));
    // Its author and the moderators still get the text of a hidden message, and see that it is hidden.
    this.fill(item, "[data-body]", event.hidden ? [note, event.body].filter(Boolean).join("\n") : event.body);
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
