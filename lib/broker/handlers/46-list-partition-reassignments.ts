/** ListPartitionReassignments (46), version 0. None is ever under way: see AlterPartitionReassignments. */
import { errorCodes } from '../../wire/error-codes.ts'
import { listPartitionReassignmentsApi } from '../../wire/schemas/46-list-partition-reassignments.ts'
import { handler } from '../handler.ts'

export const listPartitionReassignments = handler<typeof listPartitionReassignmentsApi>({
  api: listPartitionReassignmentsApi,
  minVersion: 0,
  maxVersion: 0,
  handle: () => answered(errorCodes.NONE),
  failed: (_, errorCode) => answered(errorCode),
})

const answered = (errorCode: number) => ({ throttleTimeMs: 0, errorCode, errorMessage: null, topics: [] })
