import { defineConfig } from 'vitest/config'

/**
 * Five projects: `unit` needs only npm; `stores` and `failover` need the emulators that `npm run test:stores` and `npm run
 * test:failover` start, `clients` the real clients that `npm run test:clients` installs, and `deploy` what `npm run
 * test:deploy` deploys.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/stores/**', 'test/failover/**', 'test/clients/**', 'test/deploy/**'],
          testTimeout: 20_000,
          pool: 'threads',
        },
      },
      { test: { name: 'stores', include: ['test/stores/**/*.test.ts'], testTimeout: 120_000, pool: 'forks' } },
      { test: { name: 'failover', include: ['test/failover/**/*.test.ts'], testTimeout: 120_000, pool: 'forks' } },
      {
        test: {
          name: 'clients',
          include: ['test/clients/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 60_000,
          maxConcurrency: 6,
          pool: 'forks',
        },
      },
      {
        test: {
          name: 'deploy',
          include: ['test/deploy/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          pool: 'forks',
          // What is redeployed is driven by nobody else meanwhile, and an emulator has enough to do with one file.
          fileParallelism: false,
        },
      },
    ],
  },
})
