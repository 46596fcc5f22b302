// Builds dist/: the bundle, and what packages install besides.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { bundle } from './bundle.mjs';

const bundled = await bundle();

// Printed by the program itself.
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

writeFileSync('dist/THIRD-PARTY-LICENSES.txt', notices(bundled));

/** The licences of the packages that the bundle was made from: they ask to go with every copy. */
function notices(inputs) {
  const folders = inputs.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  const packages = [...new Set(folders)].filter((folder) => folder !== undefined).sort();
  return packages.map(notice).join('\n');
}

function notice(folder) {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${folder} has no licence: add its text`);
  return `${name} ${version} (${license})\n\n${readFileSync(`${folder}/${file}`, 'utf8')}\n`;
}
