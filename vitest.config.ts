import { defineConfig } from 'vitest/config';
import { templateModule } from './scripts/templates.mjs';

/** The tests load the templates as the bundle does. */
const templates = {
  name: 'templates',
  enforce: 'pre' as const,
  load(id: string) {
    return id.endsWith('.njk') ? templateModule(id) : undefined;
  },
};

/** The same random cases in every run. */
const setupFiles = ['test/support/seed.ts'];

/** Left out by `npm run check`: tests that start natmap as a program, or that need thousands of cases or mappings. */
const slow = [
  'test/pages.test.ts',
  'test/**/*.property.test.ts',
  'test/config/schema.test.ts',
  'test/compile/{size,sweep}.test.ts',
  'test/app/{engine-snapshot,live-files,live-headers,table-notes}.test.ts',
  'test/cli/{check,diff,manners,output,rules-folder,standing}.test.ts',
];

const shared = { plugins: [templates] };

export default defineConfig({
  test: {
    globalSetup: 'test/support/lock-folder.ts',
    projects: [
      {
        ...shared,
        test: {
          setupFiles,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/{kernel,engine,package}/**',
            ...(process.env.NATMAP_QUICK === '1' ? slow : []),
          ],
          // Modules are loaded once for all files of a worker: no test changes what another one sees.
          isolate: false,
          // Property tests take seconds, and more where other work shares the processors.
          testTimeout: 60_000,
        },
      },
      {
        ...shared,
        test: {
          setupFiles,
          name: 'kernel',
          include: ['test/kernel/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        ...shared,
        test: {
          setupFiles,
          name: 'engine',
          include: ['test/engine/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        ...shared,
        test: {
          setupFiles,
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
