// Checks in the reader's own browser that a record is in the log, without taking the server's word for it: leaf hash
// and inclusion by SHA-256, the signature on the checkpoint by Ed25519, what was remembered from an earlier visit.
// It never says more than it checked. This very file comes from the server too: who does not want to trust that
// either uses the offline verifier.
//
// <section data-verify="ask" or "now"        "ask" waits for the button, "now" checks when the page has loaded
//     data-entry-url="..."                   answers with the exact bytes of the leaf
//     data-proof-url="..."                   answers with its C2SP tlog-proof
//     data-record="..." data-ref="..."       optional; the ids of the record and the entry that the page speaks of:
//                                            an entry about another record, or another entry, fails
//     data-origin="..."                      the name of the log in its checkpoints
//     data-log-keys="name+id+base64 ..."     verifying keys of the log, present and earlier, blanks between
//     data-consistency-url=".../{old}/{new}" optional; answers with one base64 hash on each line, the consistency
//                                            proof between the two sizes
//     data-witness-keys="... ..."            optional; Ed25519 cosignature keys of witnesses, blanks between
//     data-quorum="2"                        optional; so many of them must have signed
//     data-reveal="id">                      optional; of a json_script with what was revealed to this reader:
//                                            {"name in commit": {"salt": "hex", "value": "text", "label": "shown"}}
//   <button type="button" data-verify-start hidden>     shown when it can work
//   <div role="status" data-verify-result></div>        gets one of the results
//   <ul data-verify-steps></ul>                          gets one <li data-outcome> a step:
//                                                        good, bad, damaged, differs or unknown
//   <pre data-verify-leaf></pre>                         optional; gets the very text that was checked
//   <template data-say="...">                            the words, for the results
//       working verified partly unheld differs failed damaged unavailable
//     ("partly": all but the signature, which this browser cannot check: say so, and link the offline verifier.
//     "unheld": all is well as such, but could not be held against what this browser saw before; without words for it
//     "unavailable" is said.
//     "differs": all is well with the log, but a revealed text is not the one that the entry commits to; where it has
//     no words, "failed" is said. "damaged": what arrived is no proof, so it proves nothing and accuses nobody; without
//     words for it "failed" is said. "unavailable": nothing could be fetched, or the page is not served by HTTPS), and
//     for the steps
//       inclusion-good inclusion-bad record-good record-bad proof-malformed signature-good signature-bad signature-unsupported
//       witnesses-good witnesses-bad consistency-first consistency-good consistency-bad consistency-shrunk
//       consistency-unknown revealed-good revealed-bad
//     A step without words is left out. Elements in a template with data-slot get their text: index (from 0), number
//     (from 1), size, old (size remembered), origin, witnesses, quorum, name (of a revealed value), evidence (the
//     signed checkpoint that was remembered and the one now handed out: to be kept and shown to others).
// </section>
//
// The section itself gets data-state="working|verified|partly|unheld|differs|failed|damaged|unavailable".

import {
  commitment,
  DamagedProof,
  fromHex,
  hashFromBase64,
  leafHash,
  parseCheckpoint,
  parseKey,
  parseProof,
  ProofError,
  signers,
  splitNote,
  Unsupported,
  verifyConsistency,
  verifyInclusion,
} from "./verify-proof.js";

// What this browser has seen --------------------------------------------------------------------

const storageKey = (origin) => `gongzhi.log.${origin}`;

function remembered(origin) {
  try {
    const note = localStorage.getItem(storageKey(origin));
    return note && { note, ...parseCheckpoint(splitNote(note).text) };
  } catch {
    // Storage may be switched off, or hold what something else wrote.
    return null;
  }
}

function remember(origin, note) {
  try {
    localStorage.setItem(storageKey(origin), note);
  } catch {
    // Without storage the next visit is a first one again.
  }
}

async function fetched(url) {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw Object.assign(new Error("status"), { status: answer.status });
  return answer;
}

/** Whether the leaf, whose hash was found in the log, is the entry `ref` about the record with the id `record`. */
function isAbout(leaf, record, ref) {
  const plain = (id) => String(id).replaceAll("-", "").toLowerCase();
  try {
    const said = JSON.parse(new TextDecoder().decode(leaf));
    return (!record || plain(said.record.id) === plain(record)) && (!ref || plain(said.ref) === plain(ref));
  } catch {
    return false;
  }
}

// One check -------------------------------------------------------------------------------------

class Check {
  constructor(section) {
    this.section = section;
    this.settings = section.dataset;
    this.slots = {};
    this.outcomes = [];
  }

  words(say, slots = {}) {
    const template = this.section.querySelector(`template[data-say="${say}"]`);
    if (!template) return null;
    const words = template.content.cloneNode(true);
    const values = { ...this.slots, ...slots };
    for (const slot of words.querySelectorAll("[data-slot]")) slot.textContent = values[slot.dataset.slot] ?? "";
    return words;
  }

  step(say, outcome, slots) {
    this.outcomes.push(outcome);
    const words = this.words(say, slots);
    const list = this.section.querySelector("[data-verify-steps]");
    if (!words || !list) return;
    const item = document.createElement("li");
    item.dataset.outcome = outcome;
    item.append(words);
    list.append(item);
  }

  result(state) {
    this.settings.state = state;
    const instead = { differs: "failed", unheld: "unavailable", damaged: "failed" };
    const words = this.words(state) || this.words(instead[state]);
    if (words) this.section.querySelector("[data-verify-result]")?.replaceChildren(words);
  }

  async run() {
    this.outcomes = [];
    // Until it turns out that there is something remembered which the log cannot be held against.
    this.wasHeld = true;
    this.section.querySelector("[data-verify-steps]")?.replaceChildren();
    this.result("working");
    // Browsers offer hashes only to pages that came over HTTPS or from this machine.
    if (!globalThis.crypto?.subtle) return this.result("unavailable");
    let leaf, proofText;
    try {
      [leaf, proofText] = await Promise.all([
        fetched(this.settings.entryUrl).then((answer) => answer.arrayBuffer()),
        fetched(this.settings.proofUrl).then((answer) => answer.text()),
      ]);
    } catch {
      return this.result("unavailable");
    }
    const signatureWasChecked = await this.examine(new Uint8Array(leaf), proofText);
    if (this.outcomes.includes("bad")) return this.result("failed");
    if (this.outcomes.includes("damaged")) return this.result("damaged");
    if (this.outcomes.includes("differs")) return this.result("differs");
    if (!signatureWasChecked) return this.result("partly");
    return this.result(this.wasHeld ? "verified" : "unheld");
  }

  /** False when the browser could not check the signature. */
  async examine(leaf, proofText) {
    let proof, note, checkpoint, logKeys, witnessKeys;
    try {
      proof = parseProof(proofText);
      note = splitNote(proof.note);
      checkpoint = parseCheckpoint(note.text);
      [logKeys, witnessKeys] = await Promise.all([this.keys("logKeys"), this.keys("witnessKeys")]);
    } catch (error) {
      return this.refused(error, "proof-malformed", "damaged");
    }
    const { index, hashes } = proof;
    this.slots = { index, number: index + 1n, size: checkpoint.size, origin: checkpoint.origin };
    try {
      await verifyInclusion(await leafHash(leaf), index, checkpoint.size, hashes, checkpoint.root);
      this.step("inclusion-good", "good");
      const shown = this.section.querySelector("[data-verify-leaf]");
      if (shown) shown.textContent = new TextDecoder().decode(leaf);
    } catch (error) {
      if (error instanceof DamagedProof) return this.refused(error, "proof-malformed", "damaged");
      return this.refused(error, "inclusion-bad");
    }
    this.checkRecord(leaf);
    const signatureWasChecked = await this.checkSignatures(note, checkpoint, logKeys, witnessKeys);
    await this.checkRevealed(leaf);
    // What nobody signed is neither compared nor remembered.
    if (signatureWasChecked && !this.outcomes.includes("bad")) await this.checkConsistency(proof.note, checkpoint);
    return signatureWasChecked;
  }

  checkRecord(leaf) {
    const { record, ref } = this.settings;
    if (!record && !ref) return;
    if (isAbout(leaf, record, ref)) this.step("record-good", "good");
    else this.step("record-bad", "bad");
  }

  refused(error, say, outcome = "bad", slots = {}) {
    if (!(error instanceof ProofError)) throw error;
    this.step(say, outcome, slots);
    return true;
  }

  async keys(setting) {
    const texts = (this.settings[setting] || "").split(/\s+/).filter(Boolean);
    return (await Promise.all(texts.map(parseKey))).filter(Boolean);
  }

  async checkSignatures(note, checkpoint, logKeys, witnessKeys) {
    try {
      const byLog = await signers(note, logKeys);
      if (!byLog.size || checkpoint.origin !== this.settings.origin) throw new ProofError("log");
      this.step("signature-good", "good");
    } catch (error) {
      if (!(error instanceof Unsupported)) return this.refused(error, "signature-bad");
      this.step("signature-unsupported", "unknown");
      return false;
    }
    const quorum = Number(this.settings.quorum || 0);
    try {
      const witnesses = await signers(note, witnessKeys.filter((key) => key.cosigner));
      const enough = witnesses.size >= quorum;
      const slots = { witnesses: witnesses.size, quorum };
      if (!enough) this.step("witnesses-bad", "bad", slots);
      else if (witnesses.size) this.step("witnesses-good", "good", slots);
    } catch (error) {
      this.refused(error, "witnesses-bad", "bad", { witnesses: 0, quorum });
    }
    return true;
  }

  async checkConsistency(note, checkpoint) {
    const { origin } = checkpoint;
    const known = remembered(origin);
    if (!known) {
      remember(origin, note);
      return this.step("consistency-first", "good");
    }
    const slots = { old: known.size, evidence: `${known.note}\n${note}` };
    const isSmaller = checkpoint.size < known.size;
    const [older, newer] = isSmaller ? [checkpoint, known] : [known, checkpoint];
    try {
      const proof = older.size === newer.size ? [] : await this.consistencyProof(older.size, newer.size);
      await verifyConsistency(older.size, newer.size, older.root, newer.root, proof);
    } catch (error) {
      if (error instanceof ProofError && !(error instanceof DamagedProof)) return this.step("consistency-bad", "bad", slots);
      // The log itself says that it is not as large any more as it was when it signed what is remembered.
      if (isSmaller && error.status === 404) return this.step("consistency-shrunk", "bad", slots);
      return this.notHeld(slots);
    }
    // An older state contradicts nothing, but neither does it show that what came after is still there.
    if (isSmaller) return this.notHeld(slots);
    remember(origin, note);
    return this.step("consistency-good", "good", slots);
  }

  /** What could not be fetched proves nothing against the log, and nothing for it. What is remembered stays. */
  notHeld(slots) {
    this.wasHeld = false;
    this.step("consistency-unknown", "unknown", slots);
  }

  async consistencyProof(oldSize, newSize) {
    const address = this.settings.consistencyUrl;
    if (!address) throw new Error("no address");
    const answer = await fetched(address.replace("{old}", oldSize).replace("{new}", newSize));
    try {
      return (await answer.text()).split("\n").filter(Boolean).map(hashFromBase64);
    } catch {
      throw new Error("no proof in the answer");
    }
  }

  async checkRevealed(leaf) {
    const source = this.settings.reveal && document.getElementById(this.settings.reveal);
    if (!source) return;
    const committed = JSON.parse(new TextDecoder().decode(leaf)).commit || {};
    for (const [name, { salt, value, label }] of Object.entries(JSON.parse(source.textContent))) {
      const isIt = salt.length === 64 && committed[name] === (await commitment(name, value, fromHex(salt)));
      this.step(isIt ? "revealed-good" : "revealed-bad", isIt ? "good" : "differs", { name: label || name });
    }
  }
}

function prepare(section) {
  const button = section.querySelector("[data-verify-start]");
  let running = false;
  const run = async () => {
    if (running) return;
    running = true;
    try {
      await new Check(section).run();
    } catch {
      // A fault of ours is no statement about the record.
      new Check(section).result("unavailable");
    }
    running = false;
  };
  if (button) {
    button.hidden = false;
    button.addEventListener("click", run);
  }
  if (section.dataset.verify === "now") run();
}

for (const section of document.querySelectorAll("[data-verify]")) prepare(section);
