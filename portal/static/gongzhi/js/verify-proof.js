// What a log proves, checked with WebCrypto alone: the same rules as privacy/log/ and its offline verifier. No page,
// no storage, no network. Sizes and indices are BigInt, hashes Uint8Array of 32 bytes.

const HEADER = "c2sp.org/tlog-proof@v1";
const MAX_HASHES = 63;
const ED25519 = 1;
const ED25519_COSIGNATURE = 4;
const COMMITMENT_TAG = "gongzhi/commitment/v1";

export class ProofError extends Error {}

/** A hash too few or too many, or a place beyond the log: it is no proof, which accuses nobody. */
export class DamagedProof extends ProofError {}

/** The browser has no Ed25519. */
export class Unsupported extends Error {}

// Bytes and texts -------------------------------------------------------------------------------

const utf8 = (text) => new TextEncoder().encode(text);
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const same = (one, other) => hex(one) === hex(other);

export function fromHex(text) {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) throw new ProofError("hexadecimal");
  return Uint8Array.from(text.match(/../g) || [], (pair) => Number.parseInt(pair, 16));
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function fromBase64(text) {
  let binary = "";
  try {
    binary = atob(text);
  } catch {
    throw new ProofError("base64");
  }
  // Only the one spelling that an encoder writes.
  if (btoa(binary) !== text) throw new ProofError("base64");
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

export function hashFromBase64(text) {
  const bytes = fromBase64(text);
  if (bytes.length !== 32) throw new ProofError("length of a hash");
  return bytes;
}

function decimal(text) {
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(text)) throw new ProofError("number");
  return BigInt(text);
}

// The Merkle tree: RFC 9162 sections 2.1.1, 2.1.3.2 and 2.1.4.2 ---------------------------------

const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));

export const leafHash = (leaf) => sha256(Uint8Array.of(0), leaf);
const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

/** Walks from a leaf or subtree to the root; `step` is told each sibling and whether it stands on the left. */
async function climb(place, last, siblings, step) {
  for (const sibling of siblings) {
    if (last === 0n) throw new DamagedProof("too many hashes");
    if (place & 1n || place === last) {
      await step(sibling, true);
      while (!(place & 1n) && place) {
        place >>= 1n;
        last >>= 1n;
      }
    } else {
      await step(sibling, false);
    }
    place >>= 1n;
    last >>= 1n;
  }
  if (last) throw new DamagedProof("too few hashes");
}

export async function verifyInclusion(hash, index, size, proof, root) {
  if (index >= size) throw new DamagedProof("index");
  let reached = hash;
  await climb(index, size - 1n, proof, async (sibling, onLeft) => {
    reached = await (onLeft ? nodeHash(sibling, reached) : nodeHash(reached, sibling));
  });
  if (!same(reached, root)) throw new ProofError("root");
}

export async function verifyConsistency(oldSize, newSize, oldRoot, newRoot, proof) {
  if (oldSize < 1n || oldSize > newSize) throw new ProofError("sizes");
  if (oldSize === newSize) {
    if (!same(oldRoot, newRoot)) throw new ProofError("root");
    if (proof.length) throw new DamagedProof("too many hashes");
    return;
  }
  if (!proof.length) throw new DamagedProof("too few hashes");
  const [first, ...rest] = oldSize & (oldSize - 1n) ? proof : [oldRoot, ...proof];
  let [place, last] = [oldSize - 1n, newSize - 1n];
  while (place & 1n) {
    place >>= 1n;
    last >>= 1n;
  }
  let [oldReached, newReached] = [first, first];
  await climb(place, last, rest, async (sibling, onLeft) => {
    if (onLeft) oldReached = await nodeHash(sibling, oldReached);
    newReached = await (onLeft ? nodeHash(sibling, newReached) : nodeHash(newReached, sibling));
  });
  if (!same(oldReached, oldRoot) || !same(newReached, newRoot)) throw new ProofError("root");
}

// C2SP tlog-proof, tlog-checkpoint, signed-note, tlog-cosignature -------------------------------

export function parseProof(text) {
  const end = text.indexOf("\n\n");
  const [header, ...lines] = text.slice(0, Math.max(end, 0)).split("\n");
  if (end < 0 || header !== HEADER) throw new ProofError("header");
  if (lines[0]?.startsWith("extra ")) fromBase64(lines.shift().slice(6));
  if (!lines[0]?.startsWith("index ")) throw new ProofError("index");
  const index = decimal(lines.shift().slice(6));
  if (lines.length > MAX_HASHES) throw new ProofError("too many hashes");
  return { index, hashes: lines.map(hashFromBase64), note: text.slice(end + 2) };
}

export function parseCheckpoint(text) {
  const lines = text.split("\n");
  if (lines.length < 4 || lines.pop() !== "" || lines.includes("")) throw new ProofError("checkpoint");
  return { origin: lines[0], size: decimal(lines[1]), root: hashFromBase64(lines[2]) };
}

export function splitNote(note) {
  if (!note.endsWith("\n") || /[\u0000-\u0009\u000b-\u001f]/.test(note)) throw new ProofError("note");
  const end = note.lastIndexOf("\n\n");
  if (end < 0) throw new ProofError("no signatures");
  const signatures = note.slice(end + 2, -1).split("\n").map((line) => {
    const found = /^\u2014 ([^\s+]+) (\S+)$/u.exec(line);
    const bytes = found && fromBase64(found[2]);
    if (!found || bytes.length < 5) throw new ProofError("signature line");
    return { name: found[1], id: hex(bytes.slice(0, 4)), signature: bytes.slice(4) };
  });
  return { text: note.slice(0, end + 1), signatures };
}

/** Null for a key of another kind than Ed25519, which is then one of the unknown ones. */
export async function parseKey(text) {
  const [, name, id, encoded] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/u.exec(text) || [];
  if (!name) throw new ProofError("verifying key");
  const bytes = fromBase64(encoded);
  if (bytes[0] !== ED25519 && bytes[0] !== ED25519_COSIGNATURE) return null;
  const expected = hex((await sha256(utf8(`${name}\n`), bytes)).slice(0, 4));
  if (bytes.length !== 33 || expected !== id) throw new ProofError("verifying key");
  return { name, id, cosigner: bytes[0] === ED25519_COSIGNATURE, publicKey: bytes.slice(1) };
}

async function isSigned(publicKey, signature, message) {
  let key;
  try {
    key = await crypto.subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]);
  } catch (error) {
    throw error.name === "DataError" ? new ProofError("verifying key") : new Unsupported();
  }
  return crypto.subtle.verify({ name: "Ed25519" }, key, signature, message);
}

/** The names of the `keys` that signed; any bad signature of one of them is an error, others are ignored. */
export async function signers({ text, signatures }, keys) {
  const names = new Set();
  for (const { name, id, signature } of signatures) {
    const key = keys.find((known) => known.name === name && known.id === id);
    if (!key) continue;
    let [signed, message] = [signature, utf8(text)];
    if (key.cosigner) {
      if (signature.length !== 72) throw new ProofError("cosignature");
      const time = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
      [signed, message] = [signature.slice(8), utf8(`cosignature/v1\ntime ${time}\n${text}`)];
    }
    if (!(await isSigned(key.publicKey, signed, message))) throw new ProofError("signature");
    names.add(name);
  }
  return names;
}

/** As `commitment` of the log: hexadecimal. */
export async function commitment(name, value, salt) {
  const nameBytes = utf8(name);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, nameBytes.length);
  return hex(await sha256(utf8(COMMITMENT_TAG), salt, length, nameBytes, utf8(value)));
}
