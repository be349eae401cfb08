const WRITE_STEP = 1024;
const READ_STEP = 4096;

/** Write units of an item or an index entry of so many bytes: one for each started KB. */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / WRITE_STEP));
}

/** Read units: one for each started 4 KB, half of it where the read need not be consistent. Nothing found is one step. */
export function readUnits(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / READ_STEP)) * (consistent ? 1 : 0.5);
}

/** What the server has done since it began or was last reset. */
export interface Counts {
  readonly calls: Readonly<Record<string, number>>;
  readonly readUnits: number;
  readonly writeUnits: number;
  /** Of bodies: requests and answers of DynamoDB's operations. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}
