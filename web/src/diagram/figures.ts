import { unreachable } from '../unreachable';
import type { Shape } from './model';

export interface Point {
  x: number;
  y: number;
}

export interface Box {
  /** The centre. */
  x: number;
  y: number;
  width: number;
  height: number;
}

export type Side = 'left' | 'right' | 'top' | 'bottom';

const WAVE = 5;
const HEXAGON_TIP = 14;
const CYLINDER_CAP = 6;
/** Half the width of a club at half its height, where the leaves are past their widest. */
const CLUB_REACH = 0.478;

/** The outline around (0, 0), as the `d` of an SVG path. */
export function figurePath(shape: Shape, width: number, height: number): string {
  const x = width / 2;
  const y = height / 2;
  switch (shape) {
    case 'ellipse':
      return ellipse(x, y);
    case 'clock': {
      // The hands say ten past ten, as in every shop window.
      const hand = y * 0.5;
      return `${ellipse(x, y)}M${n(-hand * 0.8)} ${n(-hand * 0.5)}L0 0L${n(hand * 0.95)} ${n(-hand * 0.6)}`;
    }
    case 'rounded':
      return rectangle(x, y, 9);
    case 'rectangle':
      return rectangle(x, y, 3);
    case 'bar':
      return rectangle(x, y, Math.min(x, y, 7));
    case 'diamond':
      return `M${n(-x)} 0L0 ${n(-y)}L${n(x)} 0L0 ${n(y)}Z`;
    case 'hexagon': {
      const tip = Math.min(HEXAGON_TIP, x);
      return `M${n(-x)} 0L${n(tip - x)} ${n(-y)}H${n(x - tip)}L${n(x)} 0L${n(x - tip)} ${n(y)}H${n(tip - x)}Z`;
    }
    case 'document':
      return `M${n(-x)} ${n(-y)}H${n(x)}V${n(y - WAVE)}Q${n(x / 2)} ${n(y - 3 * WAVE)} 0 ${n(y - WAVE)}T${n(-x)} ${n(y - WAVE)}Z`;
    case 'cylinder': {
      const cap = CYLINDER_CAP;
      const arc = (sweep: 0 | 1, to: number) => `A${n(x)} ${cap} 0 0 ${sweep} ${n(to)} `;
      return (
        `M${n(-x)} ${n(cap - y)}${arc(1, x)}${n(cap - y)}V${n(y - cap)}${arc(1, -x)}${n(y - cap)}Z` +
        `M${n(-x)} ${n(cap - y)}${arc(0, x)}${n(cap - y)}`
      );
    }
    case 'club':
      return club(width, height);
    default:
      return unreachable(shape);
  }
}

/** Where a link touches the outline in the middle of a side. */
export function portOf(shape: Shape, box: Box, side: Side): Point {
  const reach = box.width * (shape === 'club' ? CLUB_REACH : 0.5);
  switch (side) {
    case 'left':
      return { x: box.x - reach, y: box.y };
    case 'right':
      return { x: box.x + reach, y: box.y };
    case 'top':
      return { x: box.x, y: box.y - box.height / 2 };
    case 'bottom':
      return { x: box.x, y: box.y + box.height / 2 - (shape === 'document' ? WAVE : 0) };
    default:
      return unreachable(side);
  }
}

function ellipse(x: number, y: number): string {
  return `M${n(-x)} 0A${n(x)} ${n(y)} 0 1 1 ${n(x)} 0A${n(x)} ${n(y)} 0 1 1 ${n(-x)} 0Z`;
}

function rectangle(x: number, y: number, radius: number): string {
  const r = Math.min(radius, x, y);
  const corner = `A${n(r)} ${n(r)} 0 0 1 `;
  return (
    `M${n(r - x)} ${n(-y)}H${n(x - r)}${corner}${n(x)} ${n(r - y)}V${n(y - r)}${corner}${n(x - r)} ${n(y)}` +
    `H${n(r - x)}${corner}${n(-x)} ${n(y - r)}V${n(r - y)}${corner}${n(r - x)} ${n(-y)}Z`
  );
}

/** Three leaves, circles whose outer crossings these numbers are, and a stem down to the foot of the box. */
function club(width: number, height: number): string {
  const u = (value: number) => n(value * width);
  const v = (value: number) => n(value * height);
  const leaf = `A${u(0.24)} ${v(0.24)} 0 1 1 `;
  return (
    `M${u(-0.204)} ${v(-0.133)}${leaf}${u(0.204)} ${v(-0.133)}${leaf}${u(0.05)} ${v(0.216)}` +
    `Q${u(0.05)} ${v(0.42)} ${u(0.2)} ${v(0.5)}H${u(-0.2)}Q${u(-0.05)} ${v(0.42)} ${u(-0.05)} ${v(0.216)}` +
    `${leaf}${u(-0.204)} ${v(-0.133)}Z`
  );
}

/** Two decimals are a hundredth of a pixel; more only makes files larger. */
export function n(value: number): string {
  return String(Math.round(value * 100) / 100 || 0);
}
