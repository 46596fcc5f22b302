/**
 * The folder of natmap's locks, which natmap makes: after the tests it is gone where it was not there before. Each
 * test removes the locks of its own namespaces, so that what is left in it was left by a test.
 */
import { existsSync, readdirSync, rmdirSync } from 'node:fs';

const folder = '/run/natmap';

let wasThere = false;

export function setup(): void {
  wasThere = existsSync(folder);
}

export function teardown(): void {
  if (wasThere || !existsSync(folder)) return;
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}
