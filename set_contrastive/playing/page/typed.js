// The value is what was typed; the page sets the text.
const area = element.querySelector("textarea");
area.value = props.text;
area.addEventListener("input", event => {
  event.stopPropagation();
  props.value = area.value;
  trigger("input");
});
watch("text", () => (area.value = props.text));
