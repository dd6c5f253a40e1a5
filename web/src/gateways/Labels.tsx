// Labels and note of a gateway, as they are shown wherever it is.
import { Button } from 'react-aria-components';
import type { Gateway } from '../api/types';
import { useText } from '../i18n/context';
import { fill } from '../i18n/text';
import { labelsOf } from './view';

interface Props {
  gateway: Gateway;
  // Where a label can be pressed to show those that have it too.
  onLabel?(label: string): void;
  unstopped?: boolean;
}

const spoken = (label: string) => label.replace(':', ': ');

export function Labels({ gateway, onLabel, unstopped }: Props) {
  const t = useText();
  const labels = labelsOf(gateway);
  if (labels.length === 0) return null;
  return (
    <ul className="labels" aria-label={fill(t.labels.of, { name: gateway.name })}>
      {labels.map((label) => (
        <li key={label}>
          {onLabel ? (
            <Button
              className="label-chip"
              excludeFromTabOrder={unstopped}
              aria-label={fill(t.labels.only, { label: spoken(label) })}
              onPress={() => onLabel(label)}
            >
              {spoken(label)}
            </Button>
          ) : (
            <span className="label-chip">{spoken(label)}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

export function LabelsAndNote({ gateway, onLabel }: Props) {
  return (
    <>
      <Labels gateway={gateway} onLabel={onLabel} />
      {gateway.note && <p className="note">{gateway.note}</p>}
    </>
  );
}
