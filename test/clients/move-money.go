// A program as a caller of the bank writes it, over the client that is generated from openapi.json.
// It keeps money in int64 and converts nothing, so it compiles only where the client does the same.
package main

import (
	"context"
	"edgebank"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"strconv"
)

// What the client read, in minor units.
type report struct {
	BalanceBefore int64 `json:"balance_before"`
	Transferred   int64 `json:"transferred"`
	ReadBack      int64 `json:"read_back"`
	Entry         int64 `json:"entry"`
	BalanceAfter  int64 `json:"balance_after"`
	Received      int64 `json:"received"`
}

// move-money <origin> <email> <password> <debited account> <credited account> <amount> <key>
func main() {
	origin, email, password := os.Args[1], os.Args[2], os.Args[3]
	debited, credited, key := os.Args[4], os.Args[5], os.Args[7]
	amount, err := strconv.ParseInt(os.Args[6], 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	configuration := edgebank.NewConfiguration()
	configuration.Servers[0].URL = origin
	bank := edgebank.NewAPIClient(configuration)

	login := bank.LoginApi.Login(context.Background())
	token := must(login.BankCredentials(*edgebank.NewBankCredentials(email, password)).Execute())
	ctx := context.WithValue(context.Background(), edgebank.ContextAccessToken, token.AccessToken)

	before := must(bank.AccountsApi.GetAccount(ctx, debited).Execute())
	order := *edgebank.NewBankNewTransfer(debited, credited, amount)
	create := bank.TransfersApi.CreateTransfer(ctx).IdempotencyKey(key)
	made := must(create.BankNewTransfer(order).Execute())
	found := must(bank.TransfersApi.GetTransfer(ctx, made.Id).Execute())
	entries := must(bank.AccountsApi.ListEntries(ctx, debited).Limit(1).Execute())
	after := must(bank.AccountsApi.GetBalance(ctx, debited).Execute())
	received := must(bank.AccountsApi.GetBalance(ctx, credited).Execute())

	json.NewEncoder(os.Stdout).Encode(report{
		BalanceBefore: *before.Balance.Get(),
		Transferred:   made.Amount,
		ReadBack:      found.Amount,
		Entry:         entries.Data[0].Amount,
		BalanceAfter:  after.GetBalance(),
		Received:      received.GetBalance(),
	})
}

func must[Answer any](answer Answer, response *http.Response, err error) Answer {
	if err != nil {
		log.Fatal(err)
	}
	return answer
}
