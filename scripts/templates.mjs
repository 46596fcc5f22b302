// The built-in templates as modules: their text, and what nunjucks compiles it to, as compiling them
// takes longer than all else that the start of natmap does with them.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import nunjucks from 'nunjucks';

const options = JSON.parse(
  readFileSync(new URL('../src/template/nunjucks.json', import.meta.url), 'utf8'),
);
const environment = new nunjucks.Environment(null, options);
environment.addFilter('quote', String);

/** @returns the text of a module */
export function templateModule(path) {
  const text = readFileSync(path, 'utf8');
  const code = nunjucks.precompileString(text, {
    name: basename(path),
    env: environment,
    wrapper: ([{ template }]) => template,
  });
  return `export default { text: ${JSON.stringify(text)}, code: (() => { ${code} })() };`;
}

/** For esbuild. */
export const templates = {
  name: 'templates',
  setup({ onLoad }) {
    onLoad({ filter: /\.njk$/ }, ({ path }) => ({ contents: templateModule(path) }));
  },
};
