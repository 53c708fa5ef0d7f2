// What was sent and is not acknowledged yet; it outlives a reload.

// A little less than the server takes in one frame.
const LONGEST_FRAME = 16_000;

// crypto.randomUUID exists only on HTTPS and localhost; a demonstration in a meeting room has neither.
function uuid() {
  const random = (digit) => digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)));
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) => random(digit).toString(16));
}

export class Outbox {
  constructor(name) {
    this.key = `gongzhi.outbox.${name}`;
    try {
      this.items = JSON.parse(sessionStorage.getItem(this.key)) || [];
    } catch {
      this.items = [];
    }
  }

  // The message in a form; null where it is too long for a frame.
  static itemOf(form, body) {
    const item = { cid: uuid(), body };
    const given = new FormData(form);
    if (given.get("organisation")) item.organisation = given.get("organisation");
    if (Number(given.get("reply_to"))) item.reply_to = Number(given.get("reply_to"));
    return new Blob([JSON.stringify(item)]).size > LONGEST_FRAME ? null : item;
  }

  find(cid) {
    return this.items.find((item) => item.cid === cid);
  }

  add(item) {
    this.items.push(item);
    this.store();
  }

  forget(cid) {
    this.items = this.items.filter((item) => item.cid !== cid);
    this.store();
  }

  store() {
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.items));
    } catch {
      // Without storage it lives as long as the page.
    }
  }
}
