import { defineConfig } from 'vitest/config'

/** Two projects: `unit` needs only npm; `stores` needs the emulators that `npm run test:stores` starts. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/stores/**'],
          testTimeout: 20_000,
          pool: 'threads',
        },
      },
      { test: { name: 'stores', include: ['test/stores/**/*.test.ts'], testTimeout: 120_000, pool: 'forks' } },
    ],
  },
})
