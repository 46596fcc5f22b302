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

const shared = { plugins: [templates] };

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          setupFiles,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/kernel/**', 'test/engine/**', 'test/package/**'],
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
