// Ce que la console dit en français de chaque événement.
export const event: Record<string, string> = {
  LedgerCreated: 'Le registre a été créé',
  AccountOpened: '{actor} : ouverture du compte {account}',
  GatewayAdded: '{actor} : ajout de la passerelle {name}',
  GatewayAddedSecondary: '{actor} : ajout de {name} comme secondaire de {primary}',
  GatewayRenamed: '{actor} : {previous} renommée en {name}',
  GatewayLabelled: '{actor} : modification des étiquettes de {gateway}',
  GatewayNoted: '{actor} : modification de la note de {gateway}',
  GatewayRemoved: '{actor} : suppression de {gateway}',
  KeyIssued: 'La clé n° {n} a été émise pour {gateway}',
  KeyRegenerated: '{actor} : nouvelle clé n° {n} pour {gateway}',
  KeyRegeneratedReplace: '{actor} : clé n° {n} pour remplacer la machine de {gateway}',
  KeyRegeneratedSuperseded:
    '{actor} : nouvelle clé n° {n} pour {gateway} ; la n° {old} ne fonctionne plus',
  KeyRevealed: '{actor} : affichage de la clé n° {n} de {gateway}',
  KeyRevoked: '{actor} : révocation de la clé n° {n} de {gateway}',
  KeyExpired: 'La clé n° {n} de {gateway} a expiré',
  KeyRedeemed: 'La clé n° {n} de {gateway} a été utilisée',
  KeyRedeemedReplace: 'La clé n° {n} a été utilisée par une machine qui doit remplacer {gateway}',
  RedemptionRefused: 'Une autre tentative d’utiliser la clé n° {n} de {gateway} a été refusée',
  RegistrationConfirmed: 'Premier signe de vie de {gateway} : elle est enregistrée',
  RegistrationConfirmedReplace:
    'Premier signe de vie de la nouvelle machine de {gateway} : elle a remplacé l’ancienne',
  InstallationFailed: 'L’installation de {gateway} a échoué',
  RegistrationAbandoned: 'L’enregistrement de {gateway} a été abandonné : {why}',
  GatewayDeregistered: '{actor} : désenregistrement de {gateway}',
  RenewalIssued: 'Nouveau certificat remis à {gateway}',
  CertificateRenewed: '{gateway} utilise son nouveau certificat ; le précédent ne fonctionne plus',
  CertificateSharedSuspected: 'Deux machines utilisent peut-être le certificat de {gateway}',
  GatewayFlapping:
    'Connexions et déconnexions trop fréquentes de {gateway}, non consignées pendant un temps',
  MessageSent: '{actor} : envoi d’un message à {gateway} ({kind})',
  MessageEnded: 'Un message à {gateway} {outcome}',
  WebhookAdded: '{actor} : ajout du webhook {webhook} vers {host}',
  WebhookChanged: '{actor} : modification du webhook {webhook}',
  WebhookSecretRotated: '{actor} : nouveau secret pour le webhook {webhook}',
  WebhookRemoved: '{actor} : suppression du webhook {webhook}',
  GatewayConnected: '{gateway} s’est connectée',
  GatewayDisconnected: '{gateway} n’est plus connectée',
  OperatorTokenCreated: '{actor} : création d’un jeton pour {token}',
  OperatorTokenRevoked: '{actor} : révocation du jeton de {token}',
  OperatorTokenRotated: '{actor} : nouveau secret pour le jeton de {token}',
  OperatorTokenExpired: 'Le jeton de {token} a expiré',
  PersonSignedIn: '{actor} : connexion',
  CaRotated: 'Une autre autorité signe désormais les certificats',
  TrustDomainNamed:
    'Les certificats des passerelles portent désormais le domaine de confiance {domain}',
  CheckpointAdopted:
    'Point de contrôle perdu remplacé, les événements antérieurs ont été tenus pour complets',
  LedgerRestored:
    'Le registre a été restauré ; les clés et les jetons antérieurs ne fonctionnent plus',
  RegistrationAccepted: '{actor} : validation de {gateway}, enregistrée avant la restauration',
  RegistrationAcceptedAccount:
    '{actor} : validation des enregistrements de {account} antérieurs à la restauration',
  RegistrationAcceptedAll:
    '{actor} : validation de tous les enregistrements antérieurs à la restauration',
};

export const refusedBecause: Record<string, string> = {
  key_already_redeemed: 'La clé avait été utilisée avec une autre paire de clés',
  key_superseded: 'Une clé plus récente avait été générée',
  key_expired: 'La clé avait expiré',
  key_revoked: 'La clé avait été révoquée',
  gateway_removed: 'La passerelle avait été supprimée',
  registration_ended: 'L’enregistrement avait pris fin, ou son certificat avait été renouvelé',
  csr_invalid: 'La demande de signature était inutilisable',
};
