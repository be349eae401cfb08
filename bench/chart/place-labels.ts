export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** A label to be placed near the point that it belongs to. */
export interface Label {
  readonly anchor: Point;
  readonly width: number;
  readonly height: number;
}

/** What is in the way of labels: where they must stay, and the corners of the lines that they had better not cover. */
export interface Surroundings {
  readonly within: Box;
  readonly lines: readonly (readonly Point[])[];
}

/** Px between a point and its label, and at least between two labels. */
export const GAP = 12;
const MARGIN = 4;
/** Px by which a label is moved to try another place. */
const STEP = 10;

/**
 * Places labels one after the other, each as near to its point as it can be: best to the right of it, never upon a label
 * placed before, upon lines only where there is no other place. The same labels always get the same places. Throws where
 * there is no room left.
 */
export function placeLabels(labels: readonly Label[], { within, lines }: Surroundings): Box[] {
  const placed: Box[] = [];
  const leaders: Point[][] = [];
  for (const { anchor, width, height } of labels) {
    let best: Box | undefined;
    let bestCost = Number.POSITIVE_INFINITY;
    for (const corner of corners(anchor, width, height, within)) {
      const box = { ...corner, width, height };
      if (placed.some((other) => overlap(grown(box, MARGIN), other))) continue;
      const leader = leaderOf(anchor, box);
      const cost =
        distance(...leader) +
        (box.x > anchor.x ? 0 : 30) +
        120 * lines.filter((line) => crosses(line, grown(box, MARGIN))).length +
        400 * placed.filter((other) => crosses(leader, other)).length +
        400 * leaders.filter((other) => crosses(other, box)).length;
      if (cost >= bestCost) continue;
      best = box;
      bestCost = cost;
    }
    if (best === undefined) throw new Error('The chart has no room for so many labels');
    placed.push(best);
    leaders.push(leaderOf(anchor, best));
  }
  return placed;
}

/** The shortest line from a point to its label. */
export function leaderOf(anchor: Point, box: Box): [Point, Point] {
  const x = Math.min(Math.max(anchor.x, box.x), box.x + box.width);
  const y = Math.min(Math.max(anchor.y, box.y), box.y + box.height);
  return [anchor, { x, y }];
}

export function overlap(one: Box, other: Box): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  );
}

/** Upper left corners to try, the preferred ones first. */
function* corners(anchor: Point, width: number, height: number, within: Box): Generator<Point> {
  const columns = [anchor.x + GAP, anchor.x + 2 * GAP, anchor.x - width / 2, anchor.x - width - GAP];
  const steps = Math.ceil(within.height / STEP);
  for (let step = 0; step <= steps; step++) {
    for (const y of [anchor.y - height / 2 + step * STEP, anchor.y - height / 2 - step * STEP]) {
      for (const x of columns) {
        const isWithin =
          x >= within.x &&
          y >= within.y &&
          x + width <= within.x + within.width &&
          y + height <= within.y + within.height;
        // Not so near that the label covers the very point that it names.
        if (isWithin && distance(...leaderOf(anchor, { x, y, width, height })) >= GAP / 2) yield { x, y };
      }
    }
  }
}

function grown({ x, y, width, height }: Box, by: number): Box {
  return { x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by };
}

/** Whether a line through these points meets the box. Each stretch is looked at in places some px apart. */
function crosses(line: readonly Point[], box: Box): boolean {
  return line.some((to, index) => {
    const from = line[index - 1] ?? to;
    const parts = Math.max(1, Math.ceil(distance(from, to) / MARGIN));
    for (let part = 0; part <= parts; part++) {
      const x = from.x + ((to.x - from.x) * part) / parts;
      const y = from.y + ((to.y - from.y) * part) / parts;
      if (x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height) return true;
    }
    return false;
  });
}

function distance(from: Point, to: Point): number {
  return Math.hypot(to.x - from.x, to.y - from.y);
}
