/** The units that DynamoDB Local reports are those that the meter counts. (dynoxide counts absent items differently.) */
import { describe } from 'vitest'
import { billing } from '../conformance/meta-bill.ts'
import { dynamoStandIns, freshTable } from './dynamodb-tables.ts'

const endpoint = dynamoStandIns.find(({ name }) => name === 'DynamoDB Local')?.endpoint

describe.skipIf(endpoint === undefined)('the bill on DynamoDB Local, when npm run test:stores has started it', () => {
  billing(async () => {
    let units = 0
    const onConsumed = (more: number) => {
      units += more
    }
    const reported = () => {
      const told = units
      units = 0
      return told
    }
    return { store: await freshTable(endpoint ?? '', { onConsumed }), reported }
  })
})
