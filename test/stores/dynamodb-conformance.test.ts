import { describe } from 'vitest'
import { metaStoreConformance } from '../conformance/meta-store.ts'
import { dynamoStandIns, freshTable } from './dynamodb-tables.ts'

for (const { name, endpoint = '', lenient } of dynamoStandIns) {
  describe.skipIf(endpoint === '')(`${name}, when npm run test:stores has started it`, () => {
    metaStoreConformance(name, () => freshTable(endpoint), { runs: 100, lenient })
  })
}
