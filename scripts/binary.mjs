// Builds dist/natmap, a single executable that needs no Node.js: Node's own, with the bundle and its code
// cache in it (https://nodejs.org/api/single-executable-applications.html).
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'natmap-binary-'));
try {
  const [main, output, config] = ['main.cjs', 'blob', 'config.json'].map((each) =>
    join(folder, each),
  );
  // Without the line for the shell. What the program was called by is no script, and may be relative.
  const bundle = readFileSync('dist/natmap.js', 'utf8').replace(/^#!.*\n/, '');
  writeFileSync(main, `process.argv[1] = process.execPath;\n${bundle}`);
  writeFileSync(
    config,
    JSON.stringify({ main, output, disableExperimentalSEAWarning: true, useCodeCache: true }),
  );
  // What they print is part of the error where they fail; postject warns of sections that it does not know.
  const quiet = { stdio: ['ignore', 'pipe', 'pipe'] };
  execFileSync(process.execPath, ['--experimental-sea-config', config], quiet);
  const binary = join(folder, 'natmap');
  copyFileSync(process.execPath, binary);
  const fuse = ['--sentinel-fuse', 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'];
  const postject = ['exec', '--yes', '--package=postject@1.0.0-alpha.6', '--', 'postject'];
  execFileSync('npm', [...postject, binary, 'NODE_SEA_BLOB', output, ...fuse], quiet);
  // At once, as one that runs cannot be written to.
  copyFileSync(binary, 'dist/natmap.new');
  renameSync('dist/natmap.new', 'dist/natmap');
} finally {
  rmSync(folder, { recursive: true });
}
