/**
 * ListGroups (16), versions 0 to 5: the groups that this broker coordinates, by their states from version 4 on and their
 * types from 5 on. Clients ask every broker and put the answers together, so each group is in one of them.
 */
import { errorCodes } from '../../wire/error-codes.ts'
import { listGroupsApi } from '../../wire/schemas/16-list-groups.ts'
import { groupFaultOf } from '../group-errors.ts'
import { handler } from '../handler.ts'

const typeNames = { classic: 'classic', consumer: 'consumer' } as const

export const listGroups = handler<typeof listGroupsApi>({
  api: listGroupsApi,
  minVersion: 0,
  maxVersion: 5,
  async handle({ groups }, { statesFilter, typesFilter }) {
    const isWanted = filter(statesFilter)
    const isOfType = filter(typesFilter)
    const views = await groups.administration.list()
    const own = views.filter(({ group }) => groups.coordinator.refusal(group) === undefined)
    return {
      errorCode: errorCodes.NONE,
      groups: own
        .filter(({ stateName, kind }) => isWanted(stateName) && isOfType(typeNames[kind]))
        .map(({ group, protocolType, stateName, kind }) => ({
          groupId: group,
          protocolType,
          groupState: stateName,
          groupType: typeNames[kind],
        })),
    }
  },
  failed: (_request, errorCode) => ({ errorCode: groupFaultOf(errorCode), groups: [] }),
})

/** Whatever its letters' size, as Kafka; no filter lets everything pass. */
function filter(names: readonly string[]): (name: string) => boolean {
  const wanted = new Set(names.map((name) => name.toLowerCase()))
  return (name) => wanted.size === 0 || wanted.has(name.toLowerCase())
}
