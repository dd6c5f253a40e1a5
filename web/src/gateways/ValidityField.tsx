// How long a new key is valid; another time than the usual ones is typed.
import { useText } from '../i18n/context';
import { Choice, Field } from '../ui/controls';
import { units, validityOptions, validitySeconds, type Validity } from './validity';

interface Props {
  label: string;
  value: Validity;
  onChange(value: Validity): void;
}

export function ValidityField({ label, value, onChange }: Props) {
  const t = useText();
  const words = t.path.validity;
  return (
    <>
      <Choice
        label={label}
        value={value.choice}
        options={validityOptions(t)}
        onChange={(choice) => onChange({ ...value, choice })}
      />
      {value.choice === 'other' && (
        <div className="amount">
          <Field
            label={words.amount}
            hint={words.limits}
            error={validitySeconds(value) === null ? words.limits : undefined}
            value={value.amount}
            onChange={(amount) => onChange({ ...value, amount })}
            maxLength={6}
            numeric
          />
          <Choice
            label={words.unit}
            value={value.unit}
            options={units.map((unit) => [unit, words.units[unit]] as const)}
            onChange={(unit) => onChange({ ...value, unit })}
          />
        </div>
      )}
    </>
  );
}
