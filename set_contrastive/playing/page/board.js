// The value is the key that is explained, with its model.
element.addEventListener("click", event => {
  const key = event.target.closest("[data-key]");
  if (!key) return;
  props.value = JSON.stringify([key.dataset.model, key.dataset.key]);
  trigger("input");
});
// What is shown can be shared: it is in the address.
watch("address", () => history.replaceState(null, "", props.address));
