// Bundles natmap into one file: start-up is dominated by the number of files that Node opens,
// and what a command imports dynamically stays unevaluated inside the bundle until it is needed.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
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

// What packages install besides, printed by the program itself.
const printed = {
  'man/natmap.1': ['man', 'natmap.1'],
  'man/natmap-rules.5': ['man', 'natmap-rules.5'],
  'completion/natmap.bash': ['completion', 'bash'],
  'completion/_natmap': ['completion', 'zsh'],
  'completion/natmap.fish': ['completion', 'fish'],
};
mkdirSync('dist/man', { recursive: true });
mkdirSync('dist/completion', { recursive: true });
for (const [file, args] of Object.entries(printed)) {
  writeFileSync(`dist/${file}`, execFileSync(process.execPath, ['dist/natmap.js', ...args]));
}
