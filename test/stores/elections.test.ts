/** Elections on two implementations of DynamoDB that nobody here wrote. */
import { describe } from 'vitest'
import { elections } from '../conformance/elections.ts'
import { dynamoStandIns, freshTable } from './dynamodb-tables.ts'

for (const { name, endpoint } of dynamoStandIns) {
  describe.skipIf(endpoint === undefined)(`elections on ${name}, when npm run test:stores has started it`, () => {
    elections(() => freshTable(endpoint ?? ''), { numRuns: 4 })
  })
}
