// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

interface IToken {
    function balanceOf(address owner) external view returns (uint256);
    function transfer(address to, uint256 value) external returns (bool);
}

/// Holds tokens and pays them out: each payment is a call from this contract into the token's.
contract Treasury {
    address public immutable owner;
    IToken public immutable token;

    event Paid(address indexed to, uint256 value);
    event PaymentRefused(address indexed to, uint256 value, bytes reason);

    constructor(IToken token_) {
        owner = msg.sender;
        token = token_;
    }

    function holdings() public view returns (uint256) {
        return token.balanceOf(address(this));
    }

    /// Reverts, with the token's own reason, when the token refuses.
    function pay(address to, uint256 value) external {
        require(msg.sender == owner, "only the owner pays");
        token.transfer(to, value);
        emit Paid(to, value);
    }

    /// Goes on when the token refuses, and keeps its reason in an event.
    function tryPay(address to, uint256 value) external returns (bool) {
        require(msg.sender == owner, "only the owner pays");
        try token.transfer(to, value) returns (bool paid) {
            emit Paid(to, value);
            return paid;
        } catch (bytes memory reason) {
            emit PaymentRefused(to, value, reason);
            return false;
        }
    }
}
