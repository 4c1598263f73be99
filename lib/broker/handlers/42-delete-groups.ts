/** DeleteGroups (42), versions 0 to 2: groups that nobody is in, with their offsets. Each is deleted or refused for itself. */
import { inParallel } from '../../base/in-parallel.ts'
import { groupsPerRequestAtOnceMax } from '../../base/limits.ts'
import { errorCodes } from '../../wire/error-codes.ts'
import { deleteGroupsApi } from '../../wire/schemas/42-delete-groups.ts'
import { adminErrorOf } from '../api-error.ts'
import { groupErrorOf, groupFaultOf } from '../group-errors.ts'
import { handler } from '../handler.ts'
import type { BrokerServices } from '../services.ts'

export const deleteGroups = handler<typeof deleteGroupsApi>({
  api: deleteGroupsApi,
  minVersion: 0,
  maxVersion: 2,
  handle: async (services, { groupsNames }) => ({
    throttleTimeMs: 0,
    results: await inParallel([...new Set(groupsNames)], groupsPerRequestAtOnceMax, async (groupId) => ({
      groupId,
      errorCode: await deleted(services, groupId),
    })),
  }),
  failed: ({ groupsNames }, errorCode) => ({
    throttleTimeMs: 0,
    results: [...new Set(groupsNames)].map((groupId) => ({ groupId, errorCode: groupFaultOf(errorCode) })),
  }),
})

async function deleted({ groups, report }: BrokerServices, groupId: string): Promise<number> {
  const refusal = groups.coordinator.refusal(groupId)
  // As in Kafka, a group that there cannot be is one that there is not.
  if (refusal !== undefined && refusal.problem !== 'invalid-group') return groupErrorOf(refusal.problem)
  try {
    const answer = await groups.administration.delete(groupId)
    return answer === 'deleted' ? errorCodes.NONE : groupErrorOf(answer.problem)
  } catch (fault) {
    // The other groups have answers of their own.
    report(fault)
    return groupFaultOf(adminErrorOf(fault).errorCode)
  }
}
