// The few controls everything is made of: React Aria's behaviour under this console's looks.
import { useContext, useState, type ReactNode } from 'react';
import {
  Button as AriaButton,
  Checkbox,
  CheckboxGroup,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
  Text,
  TextArea,
  TextField,
  type ButtonProps,
  type Key,
} from 'react-aria-components';
import { useText } from '../i18n/context';
import { Icon } from './icons';
import { RefusedContext, useTouching } from './unsaved';

type Look = 'primary' | 'plain' | 'danger' | 'ghost' | 'quiet' | 'icon';

export function Button({ look = 'plain', ...props }: ButtonProps & { look?: Look }) {
  return <AriaButton {...props} className={`button button-${look}`} />;
}

interface FieldProps {
  label: string;
  value: string;
  onChange(value: string): void;
  hint?: string;
  error?: string;
  required?: boolean;
  autoFocus?: boolean;
  type?: string;
  mono?: boolean;
  // Of digits: a phone shows those.
  numeric?: boolean;
  maxLength?: number;
  // Where it is said above it for those who see it.
  hideLabel?: boolean;
}

function LabelledField(props: Omit<FieldProps, 'mono' | 'numeric'> & { children: ReactNode }) {
  const { label, hint, error, required, hideLabel, children, ...rest } = props;
  const onChange = useTouching(rest.onChange);
  return (
    <TextField
      className="field"
      {...rest}
      onChange={onChange}
      isRequired={required}
      isInvalid={error !== undefined}
      validationBehavior="aria"
      autoComplete="off"
      spellCheck="false"
    >
      <Label className={hideLabel ? 'visually-hidden' : 'label'}>{label}</Label>
      {children}
      {hint && hint !== error && (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <FieldError className="field-error">{error}</FieldError>
    </TextField>
  );
}

export function Field({ mono, numeric, ...props }: FieldProps) {
  return (
    <LabelledField {...props}>
      <Input
        className={mono ? 'input mono' : 'input'}
        inputMode={numeric ? 'numeric' : undefined}
      />
    </LabelledField>
  );
}

// Several lines.
export function AreaField({
  rows,
  mono,
  ...props
}: Omit<FieldProps, 'numeric'> & { rows: number }) {
  return (
    <LabelledField {...props}>
      <TextArea className={mono ? 'input area mono' : 'input area'} rows={rows} />
    </LabelledField>
  );
}

interface ChecksProps {
  label: string;
  options: string[];
  chosen: string[];
  onChange(chosen: string[]): void;
  // Said while none is chosen.
  error: string;
}

// At least one of several.
export function Checks({ label, options, chosen, onChange, error }: ChecksProps) {
  const touch = useTouching(onChange);
  return (
    <CheckboxGroup
      className="field"
      value={chosen}
      onChange={touch}
      isInvalid={chosen.length === 0}
      validationBehavior="aria"
    >
      <Label className="label">{label}</Label>
      <div className="checks">
        {options.map((option) => (
          <Checkbox key={option} value={option} className="checkbox">
            <span className="check-box">
              <Icon name="check" />
            </span>
            {option}
          </Checkbox>
        ))}
      </div>
      <FieldError className="hint">{error}</FieldError>
    </CheckboxGroup>
  );
}

// The name of a gateway or a token, which its window begins with.
export function NameField(props: Pick<FieldProps, 'label' | 'hint' | 'value' | 'onChange'>) {
  const t = useText();
  const { refusal, forget } = useContext(RefusedContext);
  const onChange = (value: string) => {
    forget();
    props.onChange(value);
  };
  const error = refusal?.code === 'name_taken' ? t.refusal.name_taken : undefined;
  return <Field {...props} onChange={onChange} error={error} maxLength={100} required autoFocus />;
}

interface ChoiceProps<K extends string> {
  label: string;
  value: K;
  options: readonly (readonly [K, string, string?])[];
  onChange(value: NoInfer<K>): void;
  inline?: boolean;
}

// One of several, in a list that opens.
export function Choice<K extends string>(props: ChoiceProps<K>) {
  const { label, value, options, inline } = props;
  const onChange = useTouching(props.onChange);
  return (
    <Select
      className={inline ? 'field field-inline' : 'field'}
      value={value}
      onChange={(key: Key | null) => key !== null && onChange(key as K)}
    >
      <Label className="label">{label}</Label>
      <AriaButton className="input select">
        <SelectValue className="select-value">
          {() => options.find(([key]) => key === value)?.[1]}
        </SelectValue>
        <Icon name="chevron" />
      </AriaButton>
      <Popover className="popover">
        <ListBox className="list-box">
          {options.map(([key, text, hint]) => (
            <ListBoxItem key={key} id={key} textValue={text} className="list-item">
              <Text slot="label">{text}</Text>
              {hint && (
                <Text slot="description" className="hint">
                  {hint}
                </Text>
              )}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}

interface CopyProps {
  text: string;
  label: string;
  look?: Look;
  onCopied?(): void;
}

// Copies a text and says so, also to those who do not see the button. As an icon it stands in the block
// that it copies.
export function CopyButton({ text, label, look, onCopied }: CopyProps) {
  const t = useText();
  const [done, setDone] = useState<'copied' | 'failed' | null>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setDone('copied');
      onCopied?.();
      window.setTimeout(() => setDone(null), 2500);
    } catch {
      setDone('failed');
    }
  };
  const words = done === 'copied' ? t.action.copied : label;
  const icon = look === 'icon';
  return (
    <>
      <Button look={look} onPress={copy} aria-label={icon ? words : undefined}>
        <Icon name={done === 'copied' ? 'check' : 'copy'} />
        {!icon && words}
      </Button>
      <span role="status" className={done === 'failed' ? 'hint' : 'visually-hidden'}>
        {done === 'copied' && t.action.copied}
        {done === 'failed' && t.action.copyFailed}
      </span>
    </>
  );
}

type Tone = 'info' | 'warning' | 'danger' | 'success';

export function Notice(props: { tone: Tone; children: ReactNode; alert?: boolean }) {
  return (
    <div className={`notice notice-${props.tone}`} role={props.alert ? 'alert' : undefined}>
      <Icon
        name={props.tone === 'success' ? 'check' : props.tone === 'info' ? 'info' : 'warning'}
      />
      <div>{props.children}</div>
    </div>
  );
}
