import { describe } from 'vitest'
import { elections } from '../conformance/elections.ts'
import { metaStores } from '../world/meta-stores.ts'

describe.each(metaStores)('elections on $name', ({ open }) => elections(open))
