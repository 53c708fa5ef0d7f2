const FINAL = new Set([4401, 4403, 4404]);
const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;
const PING_EVERY = 20_000;
const DEAD_AFTER = 45_000;

export class Connection {
  // Tells `page`: opened(), receive(frames), lost(code, attempt, isFinal).
  constructor(address, page) {
    this.url = new URL(address, location.href);
    this.url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.page = page;
    this.attempt = 0;
    addEventListener("online", () => this.retryNow());
    addEventListener("pageshow", (event) => event.persisted && this.retryNow());
    this.connect();
  }

  connect() {
    clearTimeout(this.timer);
    const socket = (this.socket = new WebSocket(this.url));
    const current = (handler) => (event) => this.socket === socket && handler(event);
    socket.onopen = current(() => this.page.opened());
    socket.onmessage = current((event) => this.heard(event.data));
    socket.onclose = current((event) => this.closed(event.code));
  }

  send(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  heard(text) {
    let frames;
    try {
      frames = [JSON.parse(text)].flat();
    } catch {
      return;
    }
    clearTimeout(this.watch);
    // Some networks drop a connection without telling either end: who does not answer a ping is gone.
    this.watch = setTimeout(() => this.drop(), DEAD_AFTER);
    this.pinger ||= setInterval(() => this.send({ type: "ping" }), PING_EVERY);
    this.page.receive(frames);
  }

  drop() {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.closed(4000);
  }

  closed(code) {
    clearTimeout(this.watch);
    clearInterval(this.pinger);
    this.pinger = null;
    this.ended = FINAL.has(code);
    this.page.lost(code, ++this.attempt, this.ended);
    if (this.ended) return;
    // Full jitter: after a restart of the server its clients must not all come back in the same moment.
    const ceiling = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.attempt);
    this.timer = setTimeout(() => this.connect(), FIRST_DELAY + Math.random() * (ceiling - FIRST_DELAY));
  }

  retryNow() {
    if (!this.ended && !(this.socket?.readyState <= WebSocket.OPEN)) this.connect();
  }
}
