import { defineConfig } from 'vitest/config'
import { scenarioPlugin } from './src/vitest/scenario-plugin.ts'

export default defineConfig({
  test: {
    allowOnly: false,
    passWithNoTests: false,
    includeTaskLocation: true,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts'],
          // Bounds, not expectations: the machine may be busy with a cluster.
          testTimeout: 60_000,
          expect: { poll: { timeout: 20_000 } },
          includeTaskLocation: true,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'browser',
          include: ['src/**/*.browser-test.ts'],
          testTimeout: 60_000,
          expect: { poll: { timeout: 20_000 } },
          includeTaskLocation: true,
          sequence: { groupOrder: 0 },
        },
      },
      {
        plugins: [scenarioPlugin()],
        test: {
          name: 'scenarios',
          include: ['scenarios/**/*.{yaml,yml}'],
          globalSetup: ['src/vitest/global-setup.ts'],
          includeTaskLocation: true,
          // The first test of a file waits for its whole scenario; every wait below it has a bound of its own.
          testTimeout: 900_000,
          retry: 0,
          isolate: false,
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
