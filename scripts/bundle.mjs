// Bundles natmap into one file. Starting it is for the most part the parsing of what it holds, so what
// the commands run is held as text, which node only skips over, and parsed once a command runs.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { build, transform } from 'esbuild';
import { templates } from './templates.mjs';

const shared = {
  bundle: true,
  metafile: true,
  platform: 'node',
  target: 'node18.19',
  // Names stay, for the stack of an error that somebody reports.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
};

/** node:process as a module of its own costs 5 ms: its list of node's flags is made for it. */
const plainProcess = {
  name: 'plain-process',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?process$/ }, () => ({ path: 'process', namespace: 'plain' }));
    onLoad({ filter: /./, namespace: 'plain' }, () => ({ contents: 'module.exports = process' }));
  },
};

/** commander takes in node:child_process and others for what natmap does not do. */
const lateBuiltins = {
  name: 'late-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:(child_process|fs|path)$/ }, ({ path, namespace, importer }) => {
      if (namespace === 'late') return { path, external: true };
      // An import by name, as our own modules have it, finds nothing in such an object.
      return /\/node_modules\/commander\//.test(importer) ? { path, namespace: 'late' } : undefined;
    });
    onLoad({ filter: /./, namespace: 'late' }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, { get: (_, name) => require('${path}')[name] })`,
    }));
  },
};

/** What is bundled as text, by the name that it is imported by. */
const apart = {
  run: 'src/cli/run.ts',
  diff: 'diff',
  execa: 'execa',
  nunjucks: 'nunjucks',
  yaml: 'yaml',
};

/** Writes dist/natmap.js. @returns the files that are in it */
export async function bundle() {
  const texts = await Promise.all(Object.entries(apart).map(bundleAsText));
  const main = await build({
    ...shared,
    entryPoints: ['src/cli/main.ts'],
    outfile: 'dist/natmap.js',
    format: 'cjs',
    // Any Node.js has to parse the file, to say that it is too old; the texts are parsed later.
    target: 'node10',
    plugins: [plainProcess, lateBuiltins, textsAsModules(texts)],
    banner: { js: `#!/usr/bin/env node\n${await firstLines()}` },
  });
  // CommonJS, as node takes in a module of the other kind more slowly.
  writeFileSync('dist/package.json', '{"type": "commonjs"}\n');
  chmodSync('dist/natmap.js', 0o755);
  return [main, ...texts].flatMap(({ metafile }) => Object.keys(metafile.inputs));
}

async function firstLines() {
  const source = readFileSync(new URL('first-lines.cjs', import.meta.url), 'utf8');
  return (await transform(source, { minifyWhitespace: true, legalComments: 'none' })).code;
}

async function bundleAsText([name, entryPoint]) {
  const { metafile, outputFiles } = await build({
    ...shared,
    entryPoints: [entryPoint],
    external: ['chokidar', 'fsevents', ...Object.keys(apart).filter((other) => other !== name)],
    write: false,
    format: 'cjs',
    // A package that is imported late is another text too, and nothing that node could import.
    supported: { 'dynamic-import': false },
    plugins: [plainProcess, templates],
  });
  return { name, metafile, text: outputFiles[0].text };
}

/** Gives main.ts the texts: each is parsed when it is asked for, as CommonJS does it. */
const textsAsModules = (texts) => ({
  name: 'texts-as-modules',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/run\.ts$/ }, () => ({ path: 'run', namespace: 'text' }));
    onLoad({ filter: /./, namespace: 'text' }, () => ({
      contents: `
        const texts = ${JSON.stringify(Object.fromEntries(texts.map(({ name, text }) => [name, text])))};
        const loaded = {};
        function load(name) {
          if (texts[name] === undefined) return require(name);
          if (loaded[name] === undefined) {
            const module = (loaded[name] = { exports: {} });
            const { compileFunction } = require('node:vm');
            const options = { filename: 'natmap:' + name };
            const wrapped = compileFunction(texts[name], ['exports', 'require', 'module'], options);
            wrapped(module.exports, load, module);
          }
          return loaded[name].exports;
        }
        export const { run } = load('run');`,
    }));
  },
});
