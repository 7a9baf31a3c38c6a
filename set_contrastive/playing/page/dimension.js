// The range counts the dimensions that there are; the value is the dimension.
const dimension = range => JSON.parse(range.dataset.dims)[range.value];
element.addEventListener("input", event => {
  event.stopPropagation();
  const range = event.target;
  const chosen = dimension(range);
  range.setAttribute("aria-valuetext", `d = ${chosen}`);
  element.querySelector("output").textContent = chosen;
  props.value = String(chosen);
  trigger("input");
});
// The range stands where the value says, also when the page sets it.
watch("html", () => {
  const range = element.querySelector("input");
  if (range) range.value = range.getAttribute("value");
});
