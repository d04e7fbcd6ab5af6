// Comfort only: the viewer's own time zone, a countdown, and looking whether the workflow has been notified.
// It sends nothing and decides nothing; without it the page shows and does the same.
(() => {
  const day = new Intl.DateTimeFormat(undefined, {
    weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short",
  });
  const localise = (root) => {
    for (const time of root.querySelectorAll("time[data-local]")) {
      time.title = time.textContent;
      time.textContent = day.format(new Date(time.dateTime));
    }
  };

  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const words = (seconds) => {
    const first = units.findIndex(([, size]) => seconds >= size);
    const [size, small] = [units[first][1], units[first + 1]?.[1] ?? 1];
    const counted = (count, [unit]) => `${count} ${unit}${count === 1 ? "" : "s"}`;
    if (first < 2 && seconds >= 3 * size) return `in ${counted(Math.round(seconds / size), units[first])}`;
    const rest = first < 3 ? Math.floor((seconds % size) / small) : 0;
    return `in ${counted(Math.floor(seconds / size), units[first])}${rest ? ` ${counted(rest, units[first + 1])}` : ""}`;
  };
  // From the server's seconds on, so that it does not matter how this device's clock is set.
  const opened = Date.now();
  const count = () => {
    for (const place of document.querySelectorAll("[data-countdown]")) {
      const left = Math.floor(place.dataset.countdown - (Date.now() - opened) / 1000);
      place.textContent = left > 0 ? words(left) : "time is up";
    }
  };

  const look = async (left) => {
    const old = document.querySelector("#status[data-poll]");
    if (!old || !left) return;
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("#status");
      if (answer.ok && fresh && !fresh.hasAttribute("data-poll")) {
        localise(fresh);
        fresh.setAttribute("role", "status");
        old.replaceWith(fresh);
      }
    } catch { /* offline: the page names the way to look by hand */ }
    setTimeout(look, 3000, left - 1);
  };

  localise(document);
  count();
  setInterval(count, 1000);
  setTimeout(look, 2000, 10);
})();
