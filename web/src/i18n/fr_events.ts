// Ce que la console dit en français de chaque événement.
export const event: Record<string, string> = {
  LedgerCreated: 'Le registre a été créé',
  AccountOpened: '{actor} a créé le compte {account}',
  GatewayAdded: '{actor} a ajouté la passerelle {name}',
  GatewayAddedSecondary: '{actor} a ajouté {name} comme secondaire de {primary}',
  GatewayRenamed: '{actor} a renommé {previous} en {name}',
  GatewayLabelled: '{actor} a modifié les étiquettes de {gateway}',
  GatewayNoted: '{actor} a modifié la note de {gateway}',
  GatewayRemoved: '{actor} a supprimé {gateway}',
  KeyIssued: 'La clé n° {n} a été émise pour {gateway}',
  KeyRegenerated: '{actor} a généré la clé n° {n} de {gateway}',
  KeyRegeneratedReplace: '{actor} a généré la clé n° {n} pour remplacer la machine de {gateway}',
  KeyRegeneratedSuperseded:
    '{actor} a généré la clé n° {n} de {gateway} ; la n° {old} ne fonctionne plus',
  KeyRevealed: '{actor} a affiché la clé n° {n} de {gateway}',
  KeyRevoked: '{actor} a révoqué la clé n° {n} de {gateway}',
  KeyExpired: 'La clé n° {n} de {gateway} a expiré',
  KeyRedeemed: 'La clé n° {n} de {gateway} a été utilisée',
  KeyRedeemedReplace:
    'La clé n° {n} a été utilisée par une machine qui doit remplacer celle de {gateway}',
  RedemptionRefused: 'Une autre tentative d’utiliser la clé n° {n} de {gateway} a été refusée',
  RegistrationConfirmed: '{gateway} a donné son premier signe de vie : elle est enregistrée',
  RegistrationConfirmedReplace:
    'La nouvelle machine de {gateway} a donné signe de vie : elle a remplacé l’ancienne',
  InstallationFailed: 'L’installation de {gateway} a échoué',
  RegistrationAbandoned: 'L’enregistrement de {gateway} a été abandonné : {why}',
  GatewayDeregistered: '{actor} a désenregistré {gateway}',
  RenewalIssued: '{gateway} a reçu un nouveau certificat',
  CertificateRenewed: '{gateway} utilise son nouveau certificat ; le précédent ne fonctionne plus',
  CertificateSharedSuspected: 'Deux machines utilisent peut-être le certificat de {gateway}',
  GatewayFlapping:
    '{gateway} se connecte et se déconnecte trop souvent : ce n’est plus consigné pour un temps',
  MessageSent: '{actor} a envoyé un message à {gateway} : {kind}',
  MessageEnded: 'Un message à {gateway} {outcome}',
  WebhookAdded: '{actor} a ajouté le webhook {webhook} : les événements sont envoyés à {host}',
  WebhookChanged: '{actor} a modifié le webhook {webhook}',
  WebhookSecretRotated: '{actor} a donné un autre secret au webhook {webhook}',
  WebhookRemoved: '{actor} a supprimé le webhook {webhook}',
  GatewayConnected: '{gateway} s’est connectée',
  GatewayDisconnected: '{gateway} n’est plus connectée',
  OperatorTokenCreated: '{actor} a créé un jeton pour {token}',
  OperatorTokenRevoked: '{actor} a révoqué le jeton de {token}',
  OperatorTokenRotated: '{actor} a donné un nouveau secret au jeton de {token}',
  OperatorTokenExpired: 'Le jeton de {token} a expiré',
  PersonSignedIn: '{actor} a ouvert une session',
  CaRotated: 'Une autre autorité signe désormais les certificats',
  TrustDomainNamed:
    'Les certificats des passerelles portent désormais le domaine de confiance {domain}',
  CheckpointAdopted:
    'Un point de contrôle perdu a été remplacé ; les événements antérieurs ont été tenus pour complets',
  LedgerRestored:
    'Le registre a été restauré ; les clés et les jetons antérieurs ne fonctionnent plus',
  RegistrationAccepted:
    '{actor} a validé l’enregistrement de {gateway}, antérieur à la restauration',
  RegistrationAcceptedAccount:
    '{actor} a validé les enregistrements de {account} antérieurs à la restauration',
  RegistrationAcceptedAll: '{actor} a validé tous les enregistrements antérieurs à la restauration',
};

// Sur la page d’une passerelle, qui n’y est pas nommée une fois de plus.
export const eventHere: Record<string, string> = {
  GatewayAdded: '{actor} l’a ajoutée sous le nom de {name}',
  GatewayAddedSecondary: '{actor} l’a ajoutée sous le nom de {name}, comme secondaire de {primary}',
  GatewayLabelled: '{actor} a modifié ses étiquettes',
  GatewayNoted: '{actor} a modifié sa note',
  GatewayRemoved: '{actor} l’a supprimée',
  KeyIssued: 'La clé n° {n} a été émise',
  KeyRegenerated: '{actor} a généré la clé n° {n}',
  KeyRegeneratedReplace: '{actor} a généré la clé n° {n} pour remplacer la machine',
  KeyRegeneratedSuperseded: '{actor} a généré la clé n° {n} ; la n° {old} ne fonctionne plus',
  KeyRevealed: '{actor} a affiché la clé n° {n}',
  KeyRevoked: '{actor} a révoqué la clé n° {n}',
  KeyExpired: 'La clé n° {n} a expiré',
  KeyRedeemed: 'La clé n° {n} a été utilisée',
  KeyRedeemedReplace: 'La clé n° {n} a été utilisée par une machine qui doit remplacer l’actuelle',
  RedemptionRefused: 'Une autre tentative d’utiliser la clé n° {n} a été refusée',
  RegistrationConfirmed: 'Elle a donné son premier signe de vie : elle est enregistrée',
  RegistrationConfirmedReplace:
    'La nouvelle machine a donné signe de vie : elle a remplacé l’ancienne',
  InstallationFailed: 'L’installation a échoué',
  RegistrationAbandoned: 'L’enregistrement a été abandonné : {why}',
  GatewayDeregistered: '{actor} l’a désenregistrée',
  RenewalIssued: 'Elle a reçu un nouveau certificat',
  CertificateRenewed: 'Elle utilise son nouveau certificat ; le précédent ne fonctionne plus',
  CertificateSharedSuspected: 'Deux machines utilisent peut-être son certificat',
  GatewayFlapping:
    'Elle se connecte et se déconnecte trop souvent : ce n’est plus consigné pour un temps',
  MessageSent: '{actor} lui a envoyé un message : {kind}',
  MessageEnded: 'Un message qui lui était adressé {outcome}',
  GatewayConnected: 'Elle s’est connectée',
  GatewayDisconnected: 'Elle n’est plus connectée',
  RegistrationAccepted: '{actor} a validé son enregistrement, antérieur à la restauration',
};

// Ce que le lecteur a fait lui-même.
export const byYou = (message: string) =>
  String(message)
    .replace('{actor} a ', '{actor} avez ')
    .replace('{actor} l’a ', '{actor} l’avez ')
    .replace('{actor} lui a ', '{actor} lui avez ');

export const refusedBecause: Record<string, string> = {
  key_already_redeemed: 'La clé avait été utilisée avec une autre paire de clés',
  key_superseded: 'Une clé plus récente avait été générée',
  key_expired: 'La clé avait expiré',
  key_revoked: 'La clé avait été révoquée',
  gateway_removed: 'La passerelle avait été supprimée',
  registration_ended: 'L’enregistrement avait pris fin, ou son certificat avait été renouvelé',
  csr_invalid: 'La demande de signature était inutilisable',
};
