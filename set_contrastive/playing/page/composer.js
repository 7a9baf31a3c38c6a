// The value is the text of the query: whoever changes a place sends all of it.
const all = (selector, within = element) => [...within.querySelectorAll(selector)];
const send = () => {
  const on = all('[data-toggle][aria-pressed="true"]').map(b => b.dataset.toggle);
  const placed = all("[data-token]").map(place => place.dataset.token);
  props.value = [...on, ...placed].join(" ");
  trigger("input");
};
const choose = slot => {
  all(".sc-slot").forEach(other => (other.ariaPressed = String(other === slot)));
  all("[data-for]").forEach(p => (p.hidden = p.dataset.for !== slot.dataset.palette));
};
element.addEventListener("click", event => {
  const button = event.target.closest("button");
  if (!button) return;
  const slot = element.querySelector('.sc-slot[aria-pressed="true"]');
  if (button.matches(".sc-slot")) {
    choose(button);
  } else if (button.matches(".sc-choice") && slot) {
    slot.dataset.token = button.dataset.choice;
    slot.innerHTML = button.innerHTML;
    slot.ariaLabel = `${slot.ariaLabel.split(":")[0]}: ${button.ariaLabel}`;
    send();
  } else if (button.matches(".sc-operator")) {
    const tokens = button.dataset.tokens.split(" ");
    const next = tokens[(tokens.indexOf(button.dataset.token) + 1) % tokens.length];
    button.dataset.token = button.textContent = next;
    button.ariaLabel = `Operator ${next}`;
    send();
  } else if (button.matches(".sc-toggle")) {
    button.ariaPressed = String(button.ariaPressed !== "true");
    send();
  }
});
