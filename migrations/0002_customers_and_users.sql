set local role bank_owner;

create table bank.customers (
  id uuid primary key,
  name text not null check (char_length(name) between 1 and 200),
  email text not null unique check (email = lower(email)),
  status text not null default 'active' check (status in ('active', 'frozen')),
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create table bank.users (
  id uuid primary key,
  email text not null unique check (email = lower(email)),
  password_hash text not null,
  role text not null check (role in ('admin', 'customer')),
  customer_id uuid references bank.customers (id) on delete restrict,
  disabled_at timestamptz,
  created_at timestamptz not null,
  check ((role = 'customer') = (customer_id is not null))
);

create index users_customer_id on bank.users (customer_id) where customer_id is not null;

-- The acting user, as the Worker read it from the access token. Every function checks it against bank.users.
create type bank.actor as (
  user_id uuid,
  role text,
  customer_id uuid,
  request_id text,
  ip text
);

reset role;
