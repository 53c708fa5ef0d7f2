// What is announced in a room and kept elsewhere: feedback and evaluations.

const KINDS = ["feedback", "evaluation"];

async function pageAt(address) {
  const url = address && new URL(address, location.href);
  if (!url || url.origin !== location.origin) return null;
  try {
    const response = await fetch(url, { headers: { Accept: "text/html" } });
    return response.ok ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
  } catch {
    return null;
  }
}

function arrive(list, item) {
  if (!item.id || document.getElementById(item.id)) return;
  item.classList.add("arrived");
  list.prepend(document.adoptNode(item));
  list.querySelector("[data-empty]")?.remove();
}

export async function follow(hint, words) {
  if (hint.kind === "hidden") return compare(words, hint.row_id);
  const list = document.querySelector(`[data-${hint.kind}-list]`);
  const page = list && (await pageAt(hint.html_url));
  for (const item of page ? [...page.body.children] : []) arrive(list, item);
}

// Look at this page again: add what it has gained and take off what is hidden now.
export async function compare(words, hidden) {
  const kinds = KINDS.filter((kind) => document.querySelector(`[data-${kind}-list]`));
  const page = kinds.length ? await pageAt(location.href) : null;
  if (!page) return;
  for (const kind of kinds) {
    const theirs = page.querySelector(`[data-${kind}-list]`);
    for (const item of theirs ? [...theirs.children].reverse() : []) {
      arrive(document.querySelector(`[data-${kind}-list]`), item);
    }
    const gone = hidden && document.getElementById(`${kind}-${hidden}`);
    if (!gone) continue;
    const now = page.getElementById(gone.id);
    if (now) gone.replaceWith(document.adoptNode(now));
    else {
      gone.classList.add("is-hidden");
      gone.textContent = words.tHidden;
    }
  }
}
