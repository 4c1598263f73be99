/**
 * Adds up what vitest's JSON reporter wrote for each suite and prints the total as the last line: `N passed, N failed, N
 * skipped`. What was skipped is named: nothing is left out quietly. Fails when a test or a file failed, when a suite left
 * no results, and when no test ran at all.
 */
import { existsSync, readFileSync } from 'node:fs'

let passed = 0
let failed = 0
let skipped = 0

for (const file of process.argv.slice(2)) {
  if (!existsSync(file)) {
    console.log(`no results: ${file}`)
    failed += 1
    continue
  }
  const results = JSON.parse(readFileSync(file, 'utf8'))
  passed += results.numPassedTests
  failed += results.numFailedTests
  for (const suite of results.testResults) {
    // A file that cannot be loaded has no test that failed.
    const broken = suite.status === 'failed' && !suite.assertionResults.some(({ status }) => status === 'failed')
    if (broken) failed += 1
    for (const { status, fullName } of suite.assertionResults) {
      if (status === 'passed' || status === 'failed') continue
      skipped += 1
      console.log(`skipped: ${fullName}`)
    }
  }
}

console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
