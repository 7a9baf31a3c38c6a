// Tab reaches a group of buttons once; arrow keys move inside of it.
element.addEventListener("keydown", event => {
  const group = event.target.closest("[data-roving]");
  const buttons = group ? [...group.querySelectorAll("button")] : [];
  const here = buttons.indexOf(event.target);
  if (here < 0) return;
  const at = button => button.getBoundingClientRect();
  const row = sign => {
    const from = at(buttons[here]);
    const others = buttons.filter(b => sign * (at(b).top - from.top) > 4);
    const distance = b =>
      4 * Math.abs(at(b).top - from.top) + Math.abs(at(b).left - from.left);
    return others.sort((a, b) => distance(a) - distance(b))[0];
  };
  const next = {
    ArrowLeft: () => buttons[here - 1],
    ArrowRight: () => buttons[here + 1],
    ArrowUp: () => row(-1),
    ArrowDown: () => row(1),
    Home: () => buttons[0],
    End: () => buttons.at(-1),
  }[event.key];
  if (!next) return;
  event.preventDefault();
  next()?.focus();
});
element.addEventListener("focusin", event => {
  const group = event.target.closest("[data-roving]");
  if (!group || event.target.tagName !== "BUTTON") return;
  group.querySelectorAll("button").forEach(b => (b.tabIndex = -1));
  event.target.tabIndex = 0;
});
