// How many of a whole are green, red and gray, as one bar; never the colour alone, for words stand beside it.
import type { Status } from '../api/types';

export const statuses: Status[] = ['green', 'red', 'gray'];

interface Props {
  counts: Record<Status, number>;
  shown?: Status | null;
  // For the mouse; the keyboard has the words.
  onPress?(status: Status): void;
}

export function PartsBar({ counts, shown, onPress }: Props) {
  return (
    <span className="parts-bar" aria-hidden="true">
      {statuses
        .filter((status) => counts[status] > 0)
        .map((status) => (
          <span
            key={status}
            className={`part part-${status}${shown && shown !== status ? ' part-pale' : ''}`}
            style={{ flexGrow: counts[status] }}
            onClick={onPress && (() => onPress(status))}
          />
        ))}
    </span>
  );
}
