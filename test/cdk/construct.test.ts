/** The construct, by its template. One file, since loading the CDK takes longer than all that is asked of it. */
import { describe } from 'vitest'
import { apiCases } from './api-cases.ts'
import { functionsCases } from './functions-cases.ts'
import { stackCases } from './stack-cases.ts'
import { storageCases } from './storage-cases.ts'
import { watchingCases } from './watching-cases.ts'

describe('storage', storageCases)
describe('functions', functionsCases)
describe('the API', apiCases)
describe('watching', watchingCases)
describe('the stack', stackCases)
