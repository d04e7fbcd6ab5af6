// Fetches the fragments of the page every second and replaces those that changed. The page also works without it.
const versions = new Map();
const narrow = matchMedia("(max-width: 64rem)");
let latest = 0;
let opener = "";

function applyFragments(fragments) {
  const focused = document.activeElement?.id;
  const before = new Map([...document.querySelectorAll("[data-scrolls]")].map((list) => [list.id, list.scrollTop]));
  const open = new Set([...document.querySelectorAll("details[open]")].map((part) => part.id));
  const modal = document.getElementById("modal");
  const had = modal.querySelector(".modal") !== null;
  let changed = false;
  for (const element of document.querySelectorAll("[data-fragment]")) {
    const { version, html } = fragments[element.dataset.fragment];
    if ((versions.get(element) ?? element.dataset.version) === version) continue;
    versions.set(element, version);
    element.innerHTML = html;
    changed ||= element === modal;
  }
  for (const [id, top] of before) document.getElementById(id)?.scrollTo(0, top);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
  if (changed) moveFocus(modal, had, focused);
}

// A modal that opens takes the focus; one that closes returns it to the element that opened it.
function moveFocus(modal, had, focused) {
  const open = modal.querySelector(".modal");
  if (open && !had) opener = focused;
  if (open) (open.querySelector("[data-focus]") ?? open.querySelector("button")).focus({ preventScroll: true });
  else if (had) (document.getElementById(opener) ?? document.getElementById("talk-scroll"))?.focus({ preventScroll: true });
}

async function refresh() {
  const turn = ++latest;
  try {
    const answer = await fetch(`/live${location.search}`);
    if (!answer.ok) return;
    const fragments = await answer.json();
    if (turn === latest) applyFragments(fragments);
    document.body.classList.remove("away");
  } catch {
    document.body.classList.add("away");
  }
}

async function show(url) {
  if (url !== location.href) history.pushState(null, "", url);
  await refresh();
}

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".kit-menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  const link = event.target.closest("a[data-in]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  show(link.href).then(() => {
    if (link.classList.contains("mail")) document.querySelector(".reader")?.scrollIntoView({ block: "nearest", behavior: "instant" });
  });
});

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target, button = event.submitter;
  const body = new URLSearchParams(new FormData(form, button));
  const inside = form.hasAttribute("data-in");
  const answer = await fetch(button?.getAttribute("formaction") ?? form.getAttribute("action"), { method: "POST", body });
  if (form.matches(".composer")) form.reset();
  button?.closest("details")?.removeAttribute("open");
  await show(answer.url);
  if (!inside && narrow.matches) document.getElementById("flow").scrollIntoView();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.getElementById("modal-shut")?.click();
});

addEventListener("popstate", refresh);
setInterval(() => document.hidden || refresh(), 1000);
addEventListener("visibilitychange", () => document.hidden || refresh());
