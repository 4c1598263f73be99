/** A month's bill: each line a quantity, a price, a reason. Nothing is rounded before it is shown. */
import { monthlyCalls, type Part, type Quantity } from './calls.ts'
import type { Load } from './load.ts'
import { priceTables, type Region } from './prices.ts'

interface BillLine extends Quantity {
  readonly unit: string
  /** Dollars for `per` units. */
  readonly price: number
  readonly per: number
  readonly dollars: number
}

export interface MonthlyBill {
  readonly lines: readonly BillLine[]
  readonly parts: Readonly<Partial<Record<Part, number>>>
  readonly dollars: number
}

export function monthlyBill(load: Load, region: Region = 'us-east-1'): MonthlyBill {
  const prices = priceTables[region]
  const lines = monthlyCalls(load).map((each): BillLine => {
    const { unit, dollars, per } = prices[each.what]
    return { ...each, unit, price: dollars, per, dollars: (each.quantity / per) * dollars }
  })
  const parts: Partial<Record<Part, number>> = {}
  for (const { part, dollars } of lines) parts[part] = (parts[part] ?? 0) + dollars
  return { lines, parts, dollars: lines.reduce((sum, { dollars }) => sum + dollars, 0) }
}
