// What was measured, as a table in Markdown: bench/README.md shows the last one.

const rows = {
  first: '`natmap apply`, the first',
  unchanged: '`natmap apply`, nothing to change',
  one: '`natmap apply`, one mapping changed',
  flush: '`natmap flush`',
  ferm: '`ferm`, compile and apply',
  oneByOne: 'one `iptables` process a rule',
};

/** @param columns milliseconds by what was measured, for each `count` of mappings */
export function printTable(variant, columns) {
  const counts = columns.map(({ count }) => count.toLocaleString('en'));
  printRow([`iptables-${variant}, mappings`, ...counts]);
  printRow(['---', ...columns.map(() => '---:')]);
  const restore = columns.map((column) => `${column.restore.toFixed(0)} ms`);
  printRow([`\`iptables-${variant}-restore\``, ...restore]);
  for (const [name, label] of Object.entries(rows)) {
    printRow([label, ...columns.map((column) => ratio(column[name], column.restore))]);
  }
  console.log();
}

function printRow(cells) {
  console.log(`| ${cells.join(' | ')} |`);
}

function ratio(milliseconds, restore) {
  if (milliseconds === undefined) return '';
  const times = milliseconds / restore;
  return `${times.toFixed(times < 10 ? 1 : 0)}×`;
}
