// The map as a component of the chat page: what is chosen goes back to Python as a list of item ids.
export default function ({ parentElement, data, setStateValue }) {
  const key = `${data.map.collection} ${data.language}`;
  const known = parentElement.__map;
  const tell = (ids) => setStateValue("selected", ids);
  if (known && known.key === key) {
    known.tell = tell;
    if (known.stamp !== data.stamp) { known.stamp = data.stamp; known.map.update(data.map); }
    return;
  }
  if (known) known.map.close();
  const state = { key, tell, stamp: data.stamp };
  state.map = drawMap(parentElement.querySelector("div") || parentElement, data.map, data.words, (ids) => state.tell(ids));
  parentElement.__map = state;
}
