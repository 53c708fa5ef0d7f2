// Looks now and then whether what this page waits for is there, and shows it. Without this file there is a link.

const FIRST = 2000;
const LONGEST = 60000;

async function isStillWaiting() {
  const answer = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
  if (!answer.ok) return true;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return Boolean(page.querySelector("[data-waiting]"));
}

async function look(pause) {
  try {
    if (!(await isStillWaiting())) return location.reload();
  } catch {
    // The network may come back.
  }
  return setTimeout(() => look(Math.min(pause * 1.5, LONGEST)), pause);
}

if (document.querySelector("[data-waiting]")) setTimeout(() => look(FIRST), FIRST);
