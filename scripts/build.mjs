// Bundles natmap into one file: start-up is dominated by the number of files that Node opens,
// and what a command imports dynamically stays unevaluated inside the bundle until it is needed.
import { chmod } from 'node:fs/promises';
import { build } from 'esbuild';

await build({
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/natmap.js',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  loader: { '.njk': 'text' },
  external: ['chokidar', 'fsevents'],
  banner: {
    js: [
      '#!/usr/bin/env node',
      "import { createRequire as natmapCreateRequire } from 'node:module';",
      'const require = natmapCreateRequire(import.meta.url);',
    ].join('\n'),
  },
  legalComments: 'external',
  logLevel: 'warning',
});
await chmod('dist/natmap.js', 0o755);
