// Overflow menus: one closes when something else is clicked, when one of its options is taken, and with Escape.
const shut = (menu) => {
  menu.open = false;
  if (menu.contains(document.activeElement)) menu.querySelector('summary').focus();
};

document.addEventListener(
  'click',
  ({ target }) => {
    for (const menu of document.querySelectorAll('.overflow[open]'))
      if (!menu.contains(target) || target.closest('[data-action]')) shut(menu);
  },
  // Before what the click does: a question that it asks gives the focus back to where it was.
  { capture: true },
);
document.addEventListener('keydown', (event) => {
  const menu = event.target.closest('.overflow[open]');
  if (event.key !== 'Escape' || !menu) return;
  event.preventDefault();
  shut(menu);
});

const nameOf = (folded) =>
  folded.id || `${folded.closest('[data-message]')?.dataset.message} ${folded.dataset.menu}`;

/** Remembers what is open in an element that is drawn anew. Gives a function that opens the same again. */
export function keepOpen(item) {
  const all = () => [...item.querySelectorAll('details')];
  const known = new Map(all().map((folded) => [nameOf(folded), folded.open]));
  return () => {
    for (const folded of all()) folded.open = known.get(nameOf(folded)) ?? folded.open;
  };
}

/** What finds an element again that can be pressed, or undefined. The options of a menu share their action. */
export function sameAs({ dataset, parentElement }) {
  const quoted = (name, value) => `[data-${name}="${CSS.escape(value)}"]`;
  if (parentElement?.dataset.menu !== undefined)
    return `${quoted('menu', parentElement.dataset.menu)} > summary`;
  if (dataset.action === undefined) return undefined;
  return `${quoted('action', dataset.action)}${parentElement.closest('.overflow') ? quoted('value', dataset.value) : ''}`;
}
