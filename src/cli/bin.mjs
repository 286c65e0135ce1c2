#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'
import { register } from 'tsx/esm/api'

// A run's garbage is many small things, which V8 would rather let lie: this keeps a run of all scenarios below 300 MB.
setFlagsFromString('--optimize-for-size')
register()
const { main } = await import('./main.ts')
await main(process.argv.slice(2))
