/** The log's bill, and its conduct where 64 writers meet, on two implementations of DynamoDB that nobody here wrote. */
import { describe } from 'vitest'
import { systemClock, systemEntropy } from '../../lib/base/system.ts'
import { logBill } from '../conformance/log-bill.ts'
import { dynamoStandIns, freshTable } from './dynamodb-tables.ts'

for (const { name, endpoint } of dynamoStandIns) {
  describe.skipIf(endpoint === undefined)(
    `the bill of the log on ${name}, when npm run test:stores has started it`,
    () => {
      logBill(async () => ({
        meta: await freshTable(endpoint ?? ''),
        clock: systemClock,
        entropy: systemEntropy,
        run: (work) => work,
      }))
    },
  )
}
