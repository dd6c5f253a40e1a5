// A window over the page: the focus stays in it, Escape closes it, and the page gets the focus back.
import { useState, type FormEvent, type ReactNode } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { Once, Refusal } from '../api/client';
import { fill } from '../i18n/text';
import { useText } from '../i18n/context';
import { Button, CopyButton, Notice } from './controls';

interface WindowProps {
  title: ReactNode;
  onClose(): void;
  children: ReactNode;
  // For what must be answered: a click beside it does not close it.
  deliberate?: boolean;
  // For what is shown once: Escape does not close it either.
  once?: boolean;
}

export function Window({ title, onClose, children, deliberate, once }: WindowProps) {
  return (
    <ModalOverlay
      className="overlay"
      isOpen
      isDismissable={!deliberate && !once}
      isKeyboardDismissDisabled={once}
      onOpenChange={(open) => !open && onClose()}
    >
      <Modal className="modal">
        <Dialog className="dialog" role={deliberate || once ? 'alertdialog' : 'dialog'}>
          <Heading slot="title" className="dialog-title">
            {title}
          </Heading>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

// What a refusal says, in the reader's language where its code is known.
export function RefusalNotice({ refusal }: { refusal: Refusal | null }) {
  const t = useText();
  if (!refusal) return null;
  const words = t.refusal[refusal.code] ?? (refusal.detail || t.refusal.unknown);
  return (
    <Notice tone="danger" alert>
      {words}
      {refusal.errors.map((error) => (
        <div key={error.pointer + error.detail} className="hint">
          <span className="mono">{error.pointer}</span> {error.detail}
        </div>
      ))}
      {refusal.status >= 500 && refusal.requestId && (
        <div className="hint mono">{fill(t.refusalId, { id: refusal.requestId })}</div>
      )}
    </Notice>
  );
}

// Runs one request at a time and keeps what it was refused with.
export function useRequest() {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const run = async (work: () => Promise<void>) => {
    if (busy) return;
    setBusy(true);
    setRefusal(null);
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      setRefusal(error);
    } finally {
      setBusy(false);
    }
  };
  return { busy, refusal, run };
}

interface AskFormProps<T> {
  submit: string;
  // The one request of this form; `once` has its Idempotency-Key.
  send(once: Once): Promise<T>;
  // What follows from the answer. The window is closed before, so that this may open another.
  onDone?(answer: T): void;
  // Left out where the form stands on a page and there is nothing to go back to.
  onClose?(): void;
  disabled?: boolean;
  danger?: boolean;
  children: ReactNode;
}

// Asks the server for one thing: fields, the refusal, and two buttons.
export function AskForm<T>(props: AskFormProps<T>) {
  const t = useText();
  const { submit, send, onDone, onClose, disabled, danger, children } = props;
  const { busy, refusal, run } = useRequest();
  const [once] = useState(() => new Once());
  const ask = async () => {
    const answer = await send(once);
    onClose?.();
    onDone?.(answer);
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!disabled) void run(ask);
  };
  return (
    <form className="stack" onSubmit={onSubmit} noValidate>
      {children}
      <RefusalNotice refusal={refusal} />
      <div className="dialog-actions">
        {onClose && <Button onPress={onClose}>{t.action.cancel}</Button>}
        <Button
          type="submit"
          look={danger ? 'danger' : 'primary'}
          isDisabled={disabled}
          isPending={busy}
        >
          {submit}
        </Button>
      </div>
    </form>
  );
}

type AskWindowProps<T> = AskFormProps<T> & Omit<WindowProps, 'children'>;

// A window that asks the server for one thing, and closes when that is done.
export function AskWindow<T>({ title, deliberate, ...form }: AskWindowProps<T>) {
  return (
    <Window title={title} onClose={form.onClose} deliberate={deliberate}>
      <AskForm {...form} />
    </Window>
  );
}

interface TellWindowProps extends WindowProps {
  // The words of the button that closes it, where they are not "Close".
  close?: string;
  // A button beside that one.
  action?: ReactNode;
}

// A window that shows something until it is closed.
export function TellWindow({ close, action, children, ...window }: TellWindowProps) {
  const t = useText();
  return (
    <Window {...window}>
      <div className="stack">
        {children}
        <div className="dialog-actions">
          {action}
          <Button onPress={window.onClose}>{close ?? t.action.close}</Button>
        </div>
      </div>
    </Window>
  );
}

interface SecretWindowProps extends Omit<TellWindowProps, 'children'> {
  lead: string;
  // Null where an earlier answer had it.
  secret?: string | null;
  // The words of the button that copies it.
  copy: string;
  children?: ReactNode;
}

// A window that shows a secret this once.
export function SecretWindow({ lead, secret, copy, children, ...window }: SecretWindowProps) {
  return (
    <TellWindow {...window} once>
      <Notice tone="warning">{lead}</Notice>
      {secret && (
        <section className="key-card">
          <p className="key-text key-text-long" data-testid="secret">
            {secret}
          </p>
          <CopyButton text={secret} label={copy} look="primary" />
        </section>
      )}
      {children}
    </TellWindow>
  );
}
