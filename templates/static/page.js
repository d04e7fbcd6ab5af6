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

  // The phrases come from the page; the rules for rounding are those of the server.
  const sizes = [86400, 3600, 60, 1];
  const words = (seconds, phrases) => {
    const first = sizes.findIndex((size) => seconds >= size);
    const [size, small] = [sizes[first], sizes[first + 1] ?? 1];
    const counted = (count, unit) => phrases.units[unit][count === 1 ? 0 : 1].replace("{n}", count);
    const left = (...parts) => phrases.left.replace("{length}", parts.join(" "));
    if (first < 2 && seconds >= 3 * size) return left(counted(Math.round(seconds / size), first));
    const rest = first < 3 ? Math.floor((seconds % size) / small) : 0;
    const whole = counted(Math.floor(seconds / size), first);
    return rest ? left(whole, counted(rest, first + 1)) : left(whole);
  };
  // From the server's seconds on, so that it does not matter how this device's clock is set.
  const opened = Date.now();
  const count = () => {
    for (const place of document.querySelectorAll("[data-countdown]")) {
      const left = Math.floor(place.dataset.countdown - (Date.now() - opened) / 1000);
      const phrases = JSON.parse(place.dataset.phrases);
      place.textContent = left > 0 ? words(left, phrases) : phrases.over;
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
