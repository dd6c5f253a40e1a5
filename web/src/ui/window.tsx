// A window over the page: the focus stays in it, Escape closes it, and the page gets the focus back.
import { useState, type FormEvent, type ReactNode } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { Refusal } from '../api/client';
import { fill } from '../i18n/text';
import { useText } from '../i18n/context';
import { Button, Notice } from './controls';

interface WindowProps {
  title: ReactNode;
  onClose(): void;
  children: ReactNode;
  // For what must be answered: a click beside it does not close it.
  deliberate?: boolean;
}

export function Window({ title, onClose, children, deliberate }: WindowProps) {
  return (
    <ModalOverlay
      className="overlay"
      isOpen
      isDismissable={!deliberate}
      onOpenChange={(open) => !open && onClose()}
    >
      <Modal className="modal">
        <Dialog className="dialog" role={deliberate ? 'alertdialog' : 'dialog'}>
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

interface FormProps {
  request: ReturnType<typeof useRequest>;
  submit: string;
  onSubmit(): void;
  // Left out where the form stands on a page and there is nothing to go back to.
  onCancel?(): void;
  disabled?: boolean;
  danger?: boolean;
  children: ReactNode;
}

// The body of a window that asks for something: fields, the refusal, and two buttons.
export function WindowForm(props: FormProps) {
  const t = useText();
  const { request, submit, onSubmit, onCancel, disabled, danger, children } = props;
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!disabled) onSubmit();
  };
  return (
    <form className="stack" onSubmit={send} noValidate>
      {children}
      <RefusalNotice refusal={request.refusal} />
      <div className="dialog-actions">
        {onCancel && <Button onPress={onCancel}>{t.action.cancel}</Button>}
        <Button
          type="submit"
          look={danger ? 'danger' : 'primary'}
          isDisabled={disabled}
          isPending={request.busy}
        >
          {submit}
        </Button>
      </div>
    </form>
  );
}
