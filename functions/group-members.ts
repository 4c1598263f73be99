/** Who is in the groups: for the functions that ask. The functions coordinate all groups together, as broker 0. */
import { functionsBrokerId } from '../lib/cluster/brokers.ts'
import { SoleBroker } from '../lib/cluster/sole-broker.ts'
import { groupSettingsOf } from '../lib/groups/group-settings.ts'
import { Groups } from '../lib/groups/groups.ts'
import { brokerSettings, clock, entropy, groups, report, topics } from './environment.ts'
import { meta } from './stores.ts'

// Every request says where its client reaches us: this address is never told.
export const brokers = new SoleBroker({ id: functionsBrokerId, host: 'functions', port: 443, rack: null })
export const groupMembers = new Groups({
  ...{ meta, clock, entropy, topics, brokers, report },
  offsets: groups,
  settings: () => groupSettingsOf(brokerSettings.config),
})
